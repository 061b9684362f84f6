import InverseSearch
import LinearAlgebra
import RelativeSpace
import Testing

/// A search that is told what is known of its start, against the same search that has to find it out.
struct InformedSearchTests {
  static let searches: [any InformedSearch] = [
    AdamWSearch(), AdamWSearch(rate: 0.5, steps: 1), AdamWSearch(steps: 0), AdamWSearch(rate: 0), GradientSearch(),
    GradientSearch(rate: 0.2, steps: 1), GradientSearch(steps: 0), EMSearch(), EMSearch(steps: 3, exponent: 0.4),
    EMSearch(steps: 0), EMSearch(exponent: 0),
  ]

  @Test(arguments: SearchCase.all) func findsTheSame(_ example: SearchCase) throws {
    let probabilities = try softmax(example.logits)
    let own = example.alignment.project(probabilities)
    for search in Self.searches {
      for target in [example.target, own] {
        let expected = try search.search(from: example.logits, toward: target, through: example.alignment)
        for relative in [own, nil] {
          let start = SearchStart(logits: example.logits, probabilities: probabilities, relative: relative)
          let found = try search.search(from: start, toward: target, through: example.alignment)
          #expect(found.logits.map(\.bitPattern) == expected.logits.map(\.bitPattern))
          #expect(found.losses == expected.losses)
        }
      }
    }
  }

  @Test func refusesTheSame() {
    let alignment = DenseAlignment(known: Matrix(rows: 2, columns: 2, repeating: 0.5))
    let start = SearchStart(logits: [0, 0], probabilities: [0.5, 0.5], relative: [0.5, 0.5])
    let unusable: [any InformedSearch] = [AdamWSearch(rate: -1), GradientSearch(steps: -1), EMSearch(exponent: 2)]
    for search in unusable {
      let error = #expect(throws: InverseSearchError.self) {
        try search.search(from: start, toward: [0.5, 0.5], through: alignment)
      }
      #expect(error?.code == .invalidOption)
    }
    for search in [AdamWSearch(), GradientSearch(), EMSearch()] as [any InformedSearch] {
      let error = #expect(throws: InverseSearchError.self) {
        try search.search(from: start, toward: [.nan, 1], through: alignment)
      }
      #expect(error?.code == .invalidTarget)
    }
  }
}
