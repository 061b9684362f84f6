import InverseSearch
import LinearAlgebra
import RelativeSpace
import Testing

struct SearchErrorTests {
  static let searches: [any InverseSearch] = [AdamWSearch(), GradientSearch()]
  let alignment = DenseAlignment(matrix: Matrix(rows: 3, columns: 2, repeating: 0.5))

  @Test(arguments: searches)
  func lengthsMustFit(_ search: any InverseSearch) {
    #expect(code { try search.search(from: [1, 2], toward: [0.5, 0.5], through: alignment) } == .lengthMismatch)
    #expect(code { try search.search(from: [1, 2, 3], toward: [1], through: alignment) } == .lengthMismatch)
  }

  @Test(arguments: searches)
  func logitsMustBeADistribution(_ search: any InverseSearch) {
    for bad in [[1, .nan, 2], [1, .infinity, 2], [-.infinity, -.infinity, -.infinity]] as [[Float]] {
      #expect(code { try search.search(from: bad, toward: [0.5, 0.5], through: alignment) } == .invalidLogits)
    }
  }

  @Test(arguments: searches)
  func targetMustBeADistribution(_ search: any InverseSearch) {
    for bad in [[.nan, 1], [.infinity, 0], [-0.5, 1.5], [0, 0]] as [[Float]] {
      #expect(code { try search.search(from: [1, 2, 3], toward: bad, through: alignment) } == .invalidTarget)
    }
  }

  @Test func optionsMustBeUsable() {
    let searches: [any InverseSearch] = [
      AdamWSearch(rate: -1), AdamWSearch(rate: .nan), AdamWSearch(steps: -1), AdamWSearch(meanDecay: 1),
      AdamWSearch(squareDecay: -0.1), AdamWSearch(epsilon: 0), AdamWSearch(annealingSteps: 0),
      AdamWSearch(weightDecay: .infinity), GradientSearch(rate: .infinity), GradientSearch(steps: -2),
    ]
    for search in searches {
      #expect(code { try search.search(from: [1, 2, 3], toward: [0.5, 0.5], through: alignment) } == .invalidOption)
    }
  }

  @Test(arguments: searches)
  func alignmentsThatBreakTheRulesAreReported(_ search: any InverseSearch) {
    let broken = DenseAlignment(matrix: Matrix(rows: 3, columns: 2, repeating: .nan))
    #expect(code { try search.search(from: [1, 2, 3], toward: [0.5, 0.5], through: broken) } == .diverged)
  }

  @Test(arguments: searches)
  func cancellationStopsBetweenSteps(_ search: any InverseSearch) async {
    let alignment = alignment
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try search.search(from: [1, 2, 3], toward: [0.9, 0.1], through: alignment)
    }
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  private func code(_ body: () throws -> some Any) -> InverseSearchError.Code? {
    let error = #expect(throws: InverseSearchError.self) { _ = try body() }
    #expect(error?.description.hasSuffix(".") == true)
    return error?.code
  }
}
