internal import ModelBackends

/// The part of a tokenizer that knows the tokens: it tokenises the words that the earlier steps have split.
protocol TokenModel: Sendable {
  /// The spelling of each token; `nil` for ids that the file does not assign.
  var spellings: [[UInt8]?] { get }

  /// The token that represents text which the others cannot express.
  var unknown: TokenID? { get }

  /// The number of tokens that the file lists.
  var count: Int { get }

  /// Whether `<0x0A>` means a byte.
  var hasByteTokens: Bool { get }

  /// The token of a spelling, hidden or not.
  func id(of spelling: [UInt8]) -> TokenID?

  /// Makes tokens unreachable from text: the spelling of a control token is ordinary text.
  mutating func hide(_ ids: [TokenID])

  /// Appends the tokens of a word.
  ///
  /// - Throws: ``InexpressibleText``.
  func encode(_ word: ArraySlice<UInt8>, strays: StrayBytes?, into tokens: inout [TokenID]) throws

  /// Whether characters that no token represents are left out of a word.
  var dropsCharacters: Bool { get }

  /// The number of characters of a word that are left out.
  func droppedCharacters(in word: ArraySlice<UInt8>) -> Int

  /// Returns whether the parts of a word on both sides of a cut point next to a separator, which no token spans, are
  /// tokenised as they are alone.
  func readsApart(around separator: [UInt8]) -> Bool
}

extension TokenModel {
  /// Words are tokenised whole.
  func readsApart(around separator: [UInt8]) -> Bool { false }
  var dropsCharacters: Bool { false }
  func droppedCharacters(in word: ArraySlice<UInt8>) -> Int { 0 }
}

/// A model has no tokens for a part of a word. It does not say which part of the text that is: normalisers and byte
/// alphabets have changed the word.
struct InexpressibleText: Error {}

/// The spellings of a model, and a map from spelling to id.
struct SpellingTable: Sendable {
  /// The spelling of each token; `nil` for ids that the file does not assign.
  private(set) var spellings: [[UInt8]?] = []
  /// The number of tokens that the file lists, without gaps.
  private(set) var count = 0
  private var ids: ByteStringTable
  private var isHidden: [Bool] = []

  /// Reads an object of spellings and numbers.
  init(object field: JSONField) throws {
    let members = try field.object().members
    ids = ByteStringTable(minimumCapacity: members.count)
    // A file may leave gaps, but an id far beyond the number of tokens is damage and would cost memory.
    let limit = members.count * 8 + 1024
    for member in members {
      guard let id = member.value.integer, id >= 0, id < limit else {
        let spelling = String(decoding: member.key, as: UTF8.self)
        throw field.fault("gives the token \"\(spelling)\" no number from 0 to \(limit - 1)")
      }
      if id >= spellings.count {
        spellings.append(contentsOf: repeatElement(nil, count: id + 1 - spellings.count))
      }
      spellings[id] = member.key
      ids.set(id, for: member.key)
    }
    count = ids.count
  }

  /// Assigns ids to spellings in their order.
  init(_ list: [[UInt8]]) {
    ids = ByteStringTable(minimumCapacity: list.count)
    spellings = list
    count = list.count
    for (id, spelling) in list.enumerated() { ids.set(id, for: spelling) }
  }

  /// The token of a spelling, hidden or not.
  subscript(spelling: some Collection<UInt8>) -> TokenID? { ids[spelling] }

  /// The token of a word; `nil` for hidden ones.
  @inline(__always)
  func id(ofText word: some Collection<UInt8>) -> TokenID? {
    guard let id = ids[word] else { return nil }
    return id < isHidden.count && isHidden[id] ? nil : id
  }

  /// Hides tokens from text.
  mutating func hide(_ ids: [TokenID]) {
    isHidden = Array(repeating: false, count: spellings.count)
    for id in ids where spellings.indices.contains(id) { isHidden[id] = true }
  }

  /// Whether there is a token for each byte that occurs in UTF-8, in the byte alphabet.
  var hasAllBytesOfText: Bool {
    ByteAlphabet.scalars.enumerated().allSatisfy { byte, scalar in
      0xC0...0xC1 ~= byte || byte > 0xF4 || id(ofText: Array(String(scalar).utf8)) != nil
    }
  }

  /// The tokens `<0x00>` to `<0xFF>`; −1 for those that are missing.
  var byteTokens: [TokenID] {
    (0..<256).map { self[ByteToken.spelling(of: UInt8($0))] ?? -1 }
  }
}

/// The spelling of byte tokens: `<0x0A>`.
enum ByteToken {
  private static let digits = Array("0123456789ABCDEF".utf8)

  static func spelling(of byte: UInt8) -> [UInt8] {
    Array("<0x".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)], UInt8(ascii: ">")]
  }

  /// The byte that a spelling represents.
  static func byte(of spelling: ArraySlice<UInt8>) -> UInt8? {
    guard spelling.count == 6, spelling.starts(with: Array("<0x".utf8)), spelling.last == UInt8(ascii: ">") else {
      return nil
    }
    return UInt8(spelling.dropFirst(3).dropLast().string, radix: 16)
  }
}

extension JSONField {
  /// Reads a model. Older files do not name its type; it is inferred from the fields.
  ///
  /// - Throws: ``TokenizerError``, with the code `unsupported` for one that this reader does not know.
  func model() throws -> any TokenModel {
    switch try optional("type")?.text() ?? (try inferredModelType()) {
    case "BPE": return try BytePairModel(self)
    case "Unigram": return try UnigramModel(self)
    case "WordPiece": return try WordPieceModel(self)
    case "WordLevel": return try WordLevelModel(self)
    case let type: throw unknown("the model \"\(type)\"")
    }
  }

  private func inferredModelType() throws -> String {
    if try optional("merges") != nil { return "BPE" }
    if case .array = try required("vocab").value { return "Unigram" }
    return try optional("continuing_subword_prefix") != nil ? "WordPiece" : "WordLevel"
  }
}
