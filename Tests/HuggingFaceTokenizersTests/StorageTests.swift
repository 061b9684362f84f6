import LinearAlgebra
import ModelBackends
import Testing

@testable import HuggingFaceTokenizers

@Suite("Tables, compared with dictionaries")
struct StorageTests {
  private func word(_ generator: inout SplitMix64, letters: ClosedRange<UInt8> = 97...99) -> [UInt8] {
    (0..<Int.random(in: 1...7, using: &generator)).map { _ in UInt8.random(in: letters, using: &generator) }
  }

  @Test("Byte strings, growing from nothing")
  func byteStrings() {
    var generator = SplitMix64(seed: 1)
    var table = ByteStringTable()
    var plain: [[UInt8]: Int] = [:]
    for value in 0..<2000 {
      let key = word(&generator)
      table.set(value, for: key)
      plain[key] = value
    }
    #expect(table.count == plain.count)
    for _ in 0..<2000 {
      let key = word(&generator, letters: 97...100)
      #expect(table[key] == plain[key])
    }
  }

  @Test("Numbers, growing from nothing")
  func integers() {
    var generator = SplitMix64(seed: 2)
    var table = IntegerTable()
    var plain: [UInt64: UInt32] = [:]
    for value in 0..<UInt32(2000) {
      let key = UInt64.random(in: 0..<1500, using: &generator) << 32
      table.set(value, for: key)
      plain[key] = value
    }
    #expect(table.count == plain.count)
    for key in UInt64(0)..<1600 { #expect(table[key << 32] == plain[key << 32]) }
  }

  @Test("The longest string at an index")
  func trie() {
    var generator = SplitMix64(seed: 3)
    var trie = ByteTrie()
    var plain: [[UInt8]: Int] = [:]
    for value in 0..<60 {
      let key = word(&generator)
      trie.insert(key, value: value)
      plain[key] = value
    }
    for key in plain.keys.filter({ $0.count == 2 }) {
      trie.remove(key)
      plain[key] = nil
    }
    for _ in 0..<400 {
      let text = word(&generator, letters: 97...100)[...]
      let longest = text.indices.last { plain[Array(text[...$0])] != nil }
      let match = trie.longestMatch(in: text, at: 0)
      #expect(match?.end == longest.map { $0 + 1 })
      #expect(match?.value == longest.flatMap { plain[Array(text[...$0])] })
    }
  }

  /// Byte-pair encoding as in its paper: find the best pair in the whole word, merge it, repeat.
  private func joined(_ word: [UInt8], _ merges: [[[UInt8]]]) -> [[UInt8]] {
    var symbols = word.map { [$0] }
    while true {
      let ranked = (0..<max(symbols.count - 1, 0)).compactMap { index in
        merges.firstIndex { $0[0] == symbols[index] && $0[1] == symbols[index + 1] }.map { (rank: $0, index: index) }
      }
      guard let best = ranked.min(by: { ($0.rank, $0.index) < ($1.rank, $1.index) }) else { return symbols }
      symbols[best.index] += symbols.remove(at: best.index + 1)
    }
  }

  @Test("Merges, in the order of the paper")
  func merges() throws {
    var generator = SplitMix64(seed: 4)
    for _ in 0..<20 {
      var spellings: [[UInt8]] = [[97], [98], [99]]
      var merges: [[[UInt8]]] = []
      for _ in 0..<25 {
        let pair = [spellings.randomElement(using: &generator)!, spellings.randomElement(using: &generator)!]
        if spellings.contains(pair[0] + pair[1]) { continue }
        spellings.append(pair[0] + pair[1])
        merges.append(pair)
      }
      let list = JSONValue.array(merges.map { .array($0.map { .string($0) }) })
      let table = SpellingTable(spellings)
      let field = JSONField(value: list, file: "test", location: "")
      let model = try MergeTable(field, spellings: table, continuingPrefix: [])
      for _ in 0..<50 {
        let word = word(&generator) + word(&generator) + word(&generator)
        var tokens: [TokenID] = []
        model.join(word.map { UInt32($0 - 97) }, into: &tokens)
        #expect(tokens.map { spellings[$0] } == joined(word, merges))
      }
    }
  }

  /// The score of the best segmentation of a word into tokens, by exhaustive search.
  private func bestScore(_ word: ArraySlice<UInt8>, _ scores: [[UInt8]: Double], _ unknown: Double) -> Double {
    if word.isEmpty { return 0 }
    return word.indices.map { end in
      let score = scores[Array(word[...end])] ?? (end == word.startIndex ? unknown : -.infinity)
      return score == -.infinity ? score : score + bestScore(word[(end + 1)...], scores, unknown)
    }.max()!
  }

  @Test("Unigram segmentations are the most likely ones")
  func unigram() throws {
    var generator = SplitMix64(seed: 5)
    for _ in 0..<10 {
      var scores: [[UInt8]: Double] = [:]
      for _ in 0..<12 { scores[word(&generator)] = -Double(Int.random(in: 1...80, using: &generator)) / 8 }
      let entries = scores.sorted { $0.key.lexicographicallyPrecedes($1.key) }
      let list = entries.map { JSONValue.array([.string($0.key), .number($0.value)]) }
      let unknownEntry = JSONValue.array([.string(Array("?".utf8)), .number(-11)])
      let object = JSONObject(members: [
        .init(key: Array("unk_id".utf8), value: .number(0)),
        .init(key: Array("vocab".utf8), value: .array([unknownEntry] + list)),
      ])
      let model = try UnigramModel(JSONField(value: .object(object), file: "test", location: "model"))
      for _ in 0..<20 {
        let word = word(&generator) + word(&generator)
        var tokens: [TokenID] = []
        try model.encode(word[...], strays: nil, into: &tokens)
        // A run of unknown characters is one token, so only words that the tokens cover show their score.
        if tokens.contains(0) { continue }
        #expect(tokens.flatMap { entries[$0 - 1].key } == word)
        let score = tokens.reduce(0) { $0 + entries[$1 - 1].value }
        #expect(score == bestScore(word[...], scores, -21))
      }
    }
  }
}
