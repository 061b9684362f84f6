import InverseSearch
import LinearAlgebra
import RelativeSpace
import Testing

/// A search that is given the known values of its start, against the same search that has to compute them.
struct SearchStartTests {
  static let searches: [any InverseSearch] = [
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
        for (known, relative) in [(probabilities, own), (probabilities, nil), (nil, own)] as [([Float]?, [Float]?)] {
          let start = try SearchStart(
            logits: example.logits, probabilities: known, relative: relative, target: target,
            alignment: example.alignment)
          let found = try search.search(start)
          #expect(found.logits.map(\.bitPattern) == expected.logits.map(\.bitPattern))
          #expect(found.losses == expected.losses)
        }
      }
    }
  }

  @Test func theSoftmaxOfTheResultIsWhatItSays() throws {
    let example = SearchCase.all[0]
    for search in Self.searches {
      let found = try search.search(from: example.logits, toward: example.target, through: example.alignment)
      let known = try #require(found.probabilities)
      for (one, other) in zip(known, try softmax(found.logits)) { #expect(abs(one - other) < 1e-6) }
    }
  }

  @Test func refusesTheSame() throws {
    let alignment = DenseAlignment(known: Matrix(rows: 2, columns: 2, repeating: 0.5))
    let start = try SearchStart(
      logits: [0, 0], probabilities: [0.5, 0.5], relative: [0.5, 0.5], target: [0.5, 0.5], alignment: alignment)
    for search in [AdamWSearch(rate: -1), GradientSearch(steps: -1), EMSearch(exponent: 2)] as [any InverseSearch] {
      let error = #expect(throws: InverseSearchError.self) { try search.search(start) }
      #expect(error?.code == .invalidOption)
    }
    func code(_ probabilities: [Float]?, _ relative: [Float]?, _ target: [Float]) -> InverseSearchError.Code? {
      #expect(throws: InverseSearchError.self) {
        try SearchStart(
          logits: [0, 0], probabilities: probabilities, relative: relative, target: target, alignment: alignment)
      }?.code
    }
    #expect(code([0.5, 0.5], [0.5, 0.5], [.nan, 1]) == .invalidTarget)
    #expect(code([0.5], nil, [0.5, 0.5]) == .lengthMismatch && code(nil, [1], [0.5, 0.5]) == .lengthMismatch)
  }
}
