import InverseSearch
import LinearAlgebra
import RelativeSpace
import Testing

struct SearchErrorTests {
  static let searches: [any InverseSearch] = [AdamWSearch(), GradientSearch()]
  let alignment = DenseAlignment(known: Matrix(rows: 3, columns: 2, repeating: 0.5))

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
      EMSearch(steps: -1), EMSearch(exponent: 1.1), EMSearch(exponent: .nan),
    ]
    for search in searches {
      #expect(code { try search.validate() } == .invalidOption)
      #expect(code { try search.search(from: [1, 2, 3], toward: [0.5, 0.5], through: alignment) } == .invalidOption)
    }
  }

  @Test(arguments: searches + [EMSearch()])
  func anAlignmentsErrorsAreNotReportedAsTheSearchs(_ search: any InverseSearch) {
    var matrices = [Matrix(rows: 3, columns: 2, repeating: .nan)]
    for bad in [Float.nan, .infinity] {
      for index in 0..<6 {
        var matrix = Matrix(rows: 3, columns: 2, repeating: 0.5)
        matrix.elements[index] = bad
        matrices.append(matrix)
      }
    }
    for matrix in matrices {
      let broken = DenseAlignment(known: matrix)
      let error = #expect(throws: InverseSearchError.self) {
        try search.search(from: [1, 2, 3], toward: [0.9, 0.1], through: broken)
      }
      #expect(error?.code == .invalidAlignment && error?.problem.contains("alignment") == true)
      #expect(error?.description.contains("rate") == false)
    }
  }

  @Test func aRateThatIsTooHighIsReported() {
    let apart = DenseAlignment(known: Matrix(rows: 2, columns: 2, known: [1, 0, 0, 1]))
    let error = #expect(throws: InverseSearchError.self) {
      try AdamWSearch(rate: .greatestFiniteMagnitude, steps: 3).search(
        from: [1, 2], toward: [0.9, 0.1], through: apart)
    }
    #expect(error?.code == .diverged && error?.remedy.contains("lower rate") == true)
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
