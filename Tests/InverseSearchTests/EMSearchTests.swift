import InverseSearch
import LinearAlgebra
import ModelBackends
import RelativeSpace
import Testing

@Suite struct EMSearchTests {
  @Test(arguments: SearchCase.all) func everyStepLowersTheLossOrLeavesIt(_ example: SearchCase) throws {
    for exponent: Float in [1, 0.7, 0.3, 0.05] {
      let result = try EMSearch(steps: 12, exponent: exponent).search(
        from: example.logits, toward: example.target, through: example.alignment)
      #expect(result.losses.count == 13)
      for (before, after) in zip(result.losses, result.losses.dropFirst()) { #expect(after <= before + 2e-6) }
    }
  }

  @Test(arguments: SearchCase.all) func agreesWithTheFormulaInDoublePrecision(_ example: SearchCase) throws {
    var p = try softmax(example.logits).map(Double.init)
    for _ in 0..<3 {
      var q = [Double](repeating: 0, count: example.target.count)
      for (token, probability) in p.enumerated() {
        for anchor in q.indices { q[anchor] += probability * Double(example.alignment.matrix[token, anchor]) }
      }
      let moved = p.indices.map { token in
        p[token]
          * ElementaryFunctions.pow(
            q.indices.reduce(0) {
              $0 + Double(example.alignment.matrix[token, $1]) * Double(example.target[$1]) / q[$1]
            },
            0.6)
      }
      p = moved.map { $0 / moved.reduce(0, +) }
    }
    let result = try EMSearch(steps: 3, exponent: 0.6).search(
      from: example.logits, toward: example.target, through: example.alignment)
    for (one, other) in zip(try softmax(result.logits), p) { #expect(abs(Double(one) - other) < 2e-5) }
  }

  @Test(arguments: SearchCase.all) func nothingToDoIsTheMainModel(_ example: SearchCase) throws {
    let own = try example.ownRelative
    for (search, target) in [
      (EMSearch(steps: 0), example.target), (EMSearch(steps: 3, exponent: 0), example.target),
      (EMSearch(steps: 3), own),
    ] {
      let result = try search.search(from: example.logits, toward: target, through: example.alignment)
      #expect(result.logits.map(\.bitPattern) == example.logits.map(\.bitPattern))
    }
  }

  @Test(arguments: 0..<20) func oneStepIsExactWithOneHotRows(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let words = ["a", "ab", "abc", "abd", "b", "bc", "c", "ca", "", "x"]
    let vocabulary = Vocabulary(
      known: words.map { Token($0) } + [Token("</s>", kind: .control)], endOfGeneration: [10])
    let anchors = BytePrefixAnchors(strings: [Array("ab".utf8), Array("c".utf8)])
    let alignment = BytePrefixAlignment(vocabulary, anchors: anchors)
    let logits = (0..<vocabulary.count).map { _ in Float.random(in: -5...5, using: &random) }
    let p = try softmax(logits)
    let other = try softmax((0..<vocabulary.count).map { _ in Float.random(in: -5...5, using: &random) })
    let target = alignment.project(other)
    let result = try softmax(try EMSearch().search(from: logits, toward: target, through: alignment).logits)
    for (one, wanted) in zip(alignment.project(result), target) { #expect(abs(one - wanted) < 1e-5) }
    for (one, two) in [(1, 2), (2, 3), (4, 5), (6, 7)] {
      #expect(abs(result[one] * p[two] - result[two] * p[one]) < 1e-5)
    }
  }

  @Test(arguments: SearchCase.all) func theKnownSoftmaxIsThatOfTheLogits(_ example: SearchCase) throws {
    let main = try softmax(example.logits)
    let own = try example.ownRelative
    for search in [EMSearch(), EMSearch(steps: 2), EMSearch(exponent: 0.4), EMSearch(steps: 0)] {
      for target in [example.target, own, own.map { $0 * 1.0001 }] {
        let start = try SearchStart(
          logits: example.logits, probabilities: main, target: target, alignment: example.alignment)
        let moved = try #require(try search.search(start).probabilities)
        let found = try softmax(
          try search.search(from: example.logits, toward: target, through: example.alignment).logits)
        for (one, other) in zip(moved, found) { #expect(abs(one - other) <= 2e-6 + 2e-5 * other) }
      }
    }
  }

  @Test(arguments: 0..<20) func theKnownSoftmaxIsThatOfTheLogitsWithOneHotRows(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let words = (0..<300).map { _ in
      String((0..<Int.random(in: 1...4, using: &random)).map { _ in "abcd".randomElement(using: &random) ?? "a" })
    }
    let vocabulary = Vocabulary(known: Set(words).sorted().map { Token($0) })
    let strings = words.filter { _ in Bool.random(using: &random) }.map { Array($0.utf8) }
    let alignment = BytePrefixAlignment(vocabulary, anchors: BytePrefixAnchors(strings: strings))
    func logits(_ width: Float) -> [Float] {
      vocabulary.indices.map { _ in
        Int.random(in: 0..<9, using: &random) == 0 ? -.infinity : Float.random(in: -width...width, using: &random)
      }
    }
    for width: Float in [1, 6, 50, 200] {
      let (main, target) = (logits(width), alignment.project(try softmax(logits(width))))
      let start = try SearchStart(
        logits: main, probabilities: try softmax(main), target: target, alignment: alignment)
      let moved = try #require(try EMSearch().search(start).probabilities)
      let found = try softmax(try EMSearch().search(from: main, toward: target, through: alignment).logits)
      // Single precision rounds a logit of up to 200 to 2e-5.
      for (one, other) in zip(moved, found) { #expect(abs(one - other) <= 2e-6 + 5e-5 * other) }
    }
  }

  @Test func unsearchableInputsAreRefused() throws {
    let alignment = DenseAlignment(known: Matrix(rows: 2, columns: 3, known: [1, 0, 0, 0, 1, 0]))
    func code(_ target: [Float], _ search: EMSearch = EMSearch()) -> InverseSearchError.Code? {
      #expect(throws: InverseSearchError.self) {
        try search.search(
          SearchStart(logits: [0, 0], probabilities: [0.5, 0.5], target: target, alignment: alignment))
      }?.code
    }
    #expect(code([0, 0, 1]) == .diverged)
    #expect(code([0, .nan, 1]) == .invalidTarget)
    #expect(code([0, -1, 1]) == .invalidTarget)
    #expect(code([0, 0, 0]) == .invalidTarget)
    #expect(code([0, 1]) == .lengthMismatch)
    #expect(code([0, 1, 0], EMSearch(exponent: 2)) == .invalidOption)
  }

  @Test func massOfUnreachableAnchorsIsLeftOut() throws {
    let alignment = DenseAlignment(known: Matrix(rows: 2, columns: 3, known: [1, 0, 0, 0, 1, 0]))
    let result = try EMSearch().search(from: [0, 0], toward: [0.1, 0.3, 0.6], through: alignment)
    let distribution = try softmax(result.logits)
    #expect(abs(distribution[0] - 0.25) < 1e-6)
    #expect(throws: InverseSearchError.self) {
      try EMSearch().search(from: [0, 0], toward: [0, 0, 1], through: alignment)
    }
  }

  @Test func theExponentIsChecked() {
    let alignment = DenseAlignment(known: Matrix(rows: 1, columns: 1, known: [1]))
    for exponent: Float in [1.5, -0.1, .nan, .infinity] {
      #expect(throws: InverseSearchError.self) {
        try EMSearch(exponent: exponent).search(from: [0], toward: [1], through: alignment)
      }
    }
  }
}
