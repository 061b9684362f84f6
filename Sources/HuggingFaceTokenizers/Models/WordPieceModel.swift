internal import ModelBackends

/// WordPiece (Schuster and Nakajima 2012): greedy longest match, from left to right.
struct WordPieceModel: TokenModel {
  private let table: SpellingTable
  private var trie: ByteTrie
  /// The trie node of that prefix; `nil` where no token has it.
  private let continuation: UInt32?
  private let maximumLength: Int
  let unknown: TokenID?

  /// The prefix of tokens inside words.
  let continuingPrefix: [UInt8]
  var spellings: [[UInt8]?] { table.spellings }
  var count: Int { table.count }
  var hasByteTokens: Bool { false }
  func id(of spelling: [UInt8]) -> TokenID? { table[spelling] }

  mutating func hide(_ ids: [TokenID]) {
    for id in ids { if let spelling = table.spellings[id] { trie.remove(spelling) } }
  }

  /// Reads vocabulary and settings.
  init(_ field: JSONField) throws {
    table = try SpellingTable(object: field.required("vocab"))
    var trie = ByteTrie(minimumCapacity: table.spellings.count * 3)
    for (id, spelling) in table.spellings.enumerated() {
      if let spelling { trie.insert(spelling, value: id) }
    }
    self.trie = trie
    continuingPrefix = try field.optional("continuing_subword_prefix")?.bytes() ?? Array("##".utf8)
    continuation = trie.node(of: continuingPrefix)
    maximumLength = try field.optional("max_input_chars_per_word")?.count() ?? 100
    unknown = table[try field.optional("unk_token")?.bytes() ?? Array("[UNK]".utf8)]
  }

  func encode(_ word: ArraySlice<UInt8>, strays: StrayBytes?, into tokens: inout [TokenID]) throws {
    if strays?.occur(in: word) == true { throw InexpressibleText() }
    guard let pieces = pieces(of: word) else {
      guard let unknown else { throw InexpressibleText() }
      tokens.append(unknown)
      return
    }
    tokens.append(contentsOf: pieces)
  }

  /// The tokens of a word; `nil` where they do not cover it.
  private func pieces(of word: ArraySlice<UInt8>) -> [TokenID]? {
    let length = word.reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
    if length > maximumLength { return nil }
    var pieces: [TokenID] = []
    var index = word.startIndex
    while index < word.endIndex {
      guard let node = index == word.startIndex ? 0 : continuation,
        let match = trie.longestMatch(in: word, at: index, from: node)
      else { return nil }
      pieces.append(match.value)
      index = match.end
    }
    return pieces
  }
}
