internal import ModelBackends

/// The unigram language model (Kudo 2018, arXiv 1804.10959): the most likely segmentation of a word into tokens.
struct UnigramModel: TokenModel {
  /// The penalty of an unknown character beyond the least likely token, in nats.
  private static let unknownPenalty = 10.0
  /// SentencePiece's spelling of a space.
  static let spaceSpelling = Array("▁".utf8)

  private(set) var table: SpellingTable
  private let scores: [Double]
  private let lowestScore: Double
  private var trie: ByteTrie
  private let byteTokens: [TokenID]?
  let unknown: TokenID?

  var spellings: [[UInt8]?] { table.spellings }
  var count: Int { table.count }
  var hasByteTokens: Bool { byteTokens != nil }
  func id(of spelling: [UInt8]) -> TokenID? { table[spelling] }

  mutating func hide(_ ids: [TokenID]) {
    table.hide(ids)
    for id in ids { if let spelling = table.spellings[id] { trie.remove(spelling) } }
  }

  /// Reads the tokens with their scores, and the settings.
  init(_ field: JSONField) throws {
    let vocabulary = try field.required("vocab")
    var spellings: [[UInt8]] = []
    var scores: [Double] = []
    var trie = ByteTrie(minimumCapacity: try vocabulary.array().count * 3)
    for (id, entry) in try vocabulary.array().enumerated() {
      guard case .array(let pair) = entry, pair.count == 2, case .string(let spelling) = pair[0],
        case .number(let score) = pair[1]
      else {
        throw try vocabulary.element(id).fault("should hold a token and its score")
      }
      spellings.append(spelling)
      scores.append(score)
      trie.insert(spelling, value: id)
    }
    if let id = try field.optional("unk_id") {
      unknown = try id.count()
      guard try id.count() < spellings.count else {
        throw id.fault("names token \(try id.count()) of \(spellings.count)")
      }
    } else {
      unknown = nil
    }
    table = SpellingTable(spellings)
    self.scores = scores
    lowestScore = scores.min() ?? 0
    self.trie = trie
    byteTokens = try field.flag("byte_fallback", default: false) ? table.byteTokens : nil
  }

  /// The best segmentation up to an index of a word.
  private struct Arrival {
    var score = 0.0
    var start = -1
    /// The last token of it; −1 for an unknown character.
    var token = -1
  }

  func encode(_ word: ArraySlice<UInt8>, strays: StrayBytes?, into tokens: inout [TokenID]) throws {
    if word.isEmpty { return }
    let arrivals = arrivals(in: word, strays: strays)
    // Backwards along the best segmentation; adjacent unknown characters form one range.
    var parts: [(range: Range<Int>, token: Int)] = []
    var end = word.count
    while end > 0 {
      let arrival = arrivals[end]
      if arrival.token < 0, let last = parts.last, last.token < 0 {
        parts[parts.count - 1].range = arrival.start..<last.range.upperBound
      } else {
        parts.append((arrival.start..<end, arrival.token))
      }
      end = arrival.start
    }
    for part in parts.reversed() {
      if part.token >= 0 {
        tokens.append(part.token)
      } else {
        let text = word[word.startIndex + part.range.lowerBound..<word.startIndex + part.range.upperBound]
        tokens.append(contentsOf: try unknownTokens(of: text, strays: strays))
      }
    }
  }

  /// The best segmentation up to every index of a word, by dynamic programming (Viterbi).
  private func arrivals(in word: ArraySlice<UInt8>, strays: StrayBytes?) -> [Arrival] {
    let unknownScore = lowestScore - UnigramModel.unknownPenalty
    let base = word.startIndex
    var arrivals = Array(repeating: Arrival(), count: word.count + 1)
    var start = 0
    var reach = 0
    while start < word.count {
      // All segmentations pass through here. With scores restarted, equal scores stay equal whatever came before.
      if start == reach, word[(base + start)...].starts(with: Self.spaceSpelling) { arrivals[start].score = 0 }
      let length = word.scalarLength(at: base + start)
      let scoreHere = arrivals[start].score
      var coversCharacter = false
      func arrive(at end: Int, score: Double, token: Int) {
        reach = max(reach, end)
        if arrivals[end].start < 0 || score > arrivals[end].score {
          arrivals[end] = Arrival(score: score, start: start, token: token)
        }
      }
      let isStray = strays?.byte(of: word.scalar(at: base + start).value) != nil
      var node: UInt32 = 0
      var end = start
      while !isStray, end < word.count, let child = trie.step(from: node, word[base + end]) {
        node = child
        end += 1
        guard let id = trie.value(at: node) else { continue }
        // The unknown token's spelling in a text is unknown text, and joins with it.
        arrive(at: end, score: scores[id] + scoreHere, token: id == unknown ? -1 : id)
        if end - start == length { coversCharacter = true }
      }
      if !coversCharacter { arrive(at: start + length, score: unknownScore + scoreHere, token: -1) }
      start += length
    }
    return arrivals
  }

  /// The tokens of text that no known tokens cover: the text's own token if it has one, its bytes, or the unknown
  /// token.
  private func unknownTokens(of text: ArraySlice<UInt8>, strays: StrayBytes?) throws -> [TokenID] {
    let hasStrays = strays?.occur(in: text) ?? false
    if !hasStrays, let id = table.id(ofText: text) { return [id] }
    let bytes = strays.map { $0.restored(text) } ?? Array(text)
    if let byteTokens {
      let ids = bytes.map { byteTokens[Int($0)] }
      if !ids.contains(-1) { return ids }
    }
    guard !hasStrays, let unknown else { throw InexpressibleText() }
    return [unknown]
  }
}
