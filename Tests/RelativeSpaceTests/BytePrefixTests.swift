import LinearAlgebra
import ModelBackends
import RelativeSpace
import Testing

@Suite struct BytePrefixTests {
  private func vocabulary(_ words: [String]) -> Vocabulary {
    Vocabulary(
      known: words.map { Token($0) } + [
        Token("<s>", kind: .control), Token("</s>", kind: .control), Token("<eot>", kind: .control),
        Token(bytes: [], kind: .unused),
      ], endOfGeneration: [words.count + 1, words.count + 2])
  }

  private func randomWords(_ count: Int, _ random: inout SplitMix64) -> [String] {
    Array(
      Set(
        (0..<count).map { _ in
          String((0..<Int.random(in: 1...5, using: &random)).map { _ in "abc".randomElement(using: &random) ?? "a" })
        })
    ).sorted()
  }

  @Test(arguments: 0..<20) func isTheLongestAnchorThatATokenBeginsWith(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let vocabularies = [40, 25].map { vocabulary(randomWords($0, &random)) }
    let anchors = try BytePrefixAnchors(shared: vocabularies)
    let shared = vocabularies[0].textTokens.map { Array(vocabularies[0].bytes(of: $0)) }.filter {
      vocabularies[1].id(forBytes: $0) != nil
    }
    #expect(anchors.strings == shared + (0...255).map { [UInt8($0)] }.filter { !shared.contains($0) })
    for vocabulary in vocabularies {
      let alignment = BytePrefixAlignment(vocabulary, anchors: anchors)
      for token in vocabulary.indices where vocabulary.kind(of: token).isText {
        let bytes = vocabulary.bytes(of: token)
        let longest = anchors.strings.filter { bytes.starts(with: $0) }.max { $0.count < $1.count }
        #expect(anchors.strings[Int(alignment.anchorOfToken[token])] == longest)
      }
    }
  }

  @Test func stringsKeepTheirOrderAndCountOnce() {
    let strings: [[UInt8]] = [[9, 7], [3], [9, 7], [], [9], [3]]
    let anchors = BytePrefixAnchors(strings: strings)
    #expect(anchors.strings.prefix(3) == [[9, 7], [3], [9]])
    #expect(anchors.strings.count == 257 && Set(anchors.strings).count == 257)
    #expect(anchors.index(ofLongestPrefixOf: [9, 7, 1]) == 0 && anchors.index(ofLongestPrefixOf: [9, 1]) == 2)
  }

  @Test func everyTokenHasAnAnchor() throws {
    let words = vocabulary(["ab", "a"])
    let anchors = try BytePrefixAnchors(shared: [words, vocabulary(["xyz"])])
    #expect(anchors.count == 258)
    let alignment = BytePrefixAlignment(words, anchors: anchors)
    #expect(alignment.anchorOfToken[2] == Int32(anchors.noText))
    #expect(alignment.anchorOfToken[3] == Int32(anchors.endOfGeneration))
    #expect(alignment.anchorOfToken[4] == Int32(anchors.endOfGeneration))
    #expect(alignment.anchorOfToken[5] == Int32(anchors.noText))
    #expect(anchors.index(ofLongestPrefixOf: []) == nil)
  }

  @Test(arguments: 0..<10) func isTheSameAsADenseMatrix(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let words = vocabulary(randomWords(30, &random))
    let anchors = try BytePrefixAnchors(shared: [words, vocabulary(randomWords(20, &random))])
    let alignment = BytePrefixAlignment(words, anchors: anchors)
    var matrix = Matrix(
      rows: words.count, columns: anchors.count, known: .init(repeating: 0, count: words.count * anchors.count))
    for (token, anchor) in alignment.anchorOfToken.enumerated() { matrix[token, Int(anchor)] = 1 }
    let dense = DenseAlignment(known: matrix)
    let p = try softmax((0..<words.count).map { _ in Float.random(in: -4...4, using: &random) })
    for (one, other) in zip(alignment.project(p), dense.project(p)) { #expect(abs(one - other) < 1e-6) }
    let values = (0..<anchors.count).map { _ in Float.random(in: -1...1, using: &random) }
    #expect(alignment.pullBack(values) == dense.pullBack(values))
  }

  @Test(arguments: 0..<10) func exactMatchesReplaceTheRowsOfAnchors(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    func row() throws -> [Float] { try softmax((0..<4).map { _ in Float.random(in: -2...2, using: &random) }) }
    let base = Matrix(rows: 7, columns: 4, known: try (0..<7).flatMap { _ in try row() })
    let ids = Array((0..<7).shuffled(using: &random).prefix(4))
    var replaced = base
    for (anchor, token) in ids.enumerated() {
      for column in 0..<4 { replaced[token, column] = column == anchor ? 1 : 0 }
    }
    let (alignment, dense) = (
      try ExactMatchAlignment(DenseAlignment(known: base), anchorIDs: ids), DenseAlignment(known: replaced)
    )
    let p = try softmax((0..<7).map { _ in Float.random(in: -4...4, using: &random) })
    for (one, other) in zip(alignment.project(p), dense.project(p)) { #expect(abs(one - other) < 1e-6) }
    let values = (0..<4).map { _ in Float.random(in: -1...1, using: &random) }
    for (one, other) in zip(alignment.pullBack(values), dense.pullBack(values)) { #expect(abs(one - other) < 1e-6) }
  }
}
