internal import ModelBackends

/// A model with one token for each known word.
struct WordLevelModel: TokenModel {
  private var table: SpellingTable
  let unknown: TokenID?

  var spellings: [[UInt8]?] { table.spellings }
  var count: Int { table.count }
  var hasByteTokens: Bool { false }
  func id(of spelling: [UInt8]) -> TokenID? { table[spelling] }
  mutating func hide(_ ids: [TokenID]) { table.hide(ids) }

  /// Reads vocabulary and settings.
  init(_ field: JSONField) throws {
    table = try SpellingTable(object: field.required("vocab"))
    unknown = table[try field.optional("unk_token")?.bytes() ?? Array("<unk>".utf8)]
  }

  func encode(_ word: ArraySlice<UInt8>, strays: StrayBytes?, into tokens: inout [TokenID]) throws {
    if strays?.occur(in: word) == true { throw InexpressibleText() }
    guard let id = table.id(ofText: word) ?? unknown else { throw InexpressibleText() }
    tokens.append(id)
  }
}
