internal import ModelBackends

/// The part of a tokenizer that knows the tokens: it reads words, which the steps before it have cut.
protocol TokenModel: Sendable {
  /// The spelling of each token; `nil` at places that the file leaves free.
  var spellings: [[UInt8]?] { get }

  /// The token that stands for what the others cannot express.
  var unknown: TokenID? { get }

  /// How many tokens the file lists.
  var count: Int { get }

  /// Whether `<0x0A>` means a byte.
  var hasByteTokens: Bool { get }

  /// The token of a spelling, hidden or not.
  func id(of spelling: [UInt8]) -> TokenID?

  /// Makes tokens impossible to reach from text: the spelling of a control token is words like others.
  mutating func hide(_ ids: [TokenID])

  /// Appends the tokens of a word.
  ///
  /// - Throws: ``InexpressibleText``.
  func encode(_ word: ArraySlice<UInt8>, strays: StrayBytes?, into tokens: inout [TokenID]) throws

  /// Whether a word may have characters that no token stands for, and that are left out.
  var dropsCharacters: Bool { get }

  /// How many characters of a word are left out.
  func droppedCharacters(in word: ArraySlice<UInt8>) -> Int

  /// Whether a word's parts on both sides of a place next to a separator, across which no token lies, are read as they
  /// are alone.
  func readsApart(around separator: [UInt8]) -> Bool
}

extension TokenModel {
  /// Words are read whole.
  func readsApart(around separator: [UInt8]) -> Bool { false }
  var dropsCharacters: Bool { false }
  func droppedCharacters(in word: ArraySlice<UInt8>) -> Int { 0 }
}

/// A model has no tokens for a part of a word. Which part of the text that is, only the text itself can tell:
/// normalisers and byte alphabets have changed it.
struct InexpressibleText: Error {}

/// The spellings of a model and the way from a spelling to its number.
struct SpellingTable: Sendable {
  /// The spelling of each token; `nil` at places that the file leaves free.
  private(set) var spellings: [[UInt8]?] = []
  /// How many tokens the file lists, gaps not counted.
  private(set) var count = 0
  private var ids: ByteStringTable
  private var isHidden: [Bool] = []

  /// Reads an object of spellings and numbers.
  init(object field: JSONField) throws {
    let members = try field.object().members
    ids = ByteStringTable(minimumCapacity: members.count)
    // A file may leave gaps, but a number far beyond the number of tokens is damage and would cost memory.
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

  /// Takes spellings in their order.
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

  /// Whether each byte that occurs in UTF-8 can be read in the byte alphabet.
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

  /// The byte that a spelling means.
  static func byte(of spelling: ArraySlice<UInt8>) -> UInt8? {
    guard spelling.count == 6, spelling.starts(with: Array("<0x".utf8)), spelling.last == UInt8(ascii: ">") else {
      return nil
    }
    return UInt8(spelling.dropFirst(3).dropLast().string, radix: 16)
  }
}

extension JSONField {
  /// Reads a model. Older files do not name its type; it shows in the fields.
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
