internal import ModelBackends

/// Byte-pair encoding (Sennrich et al. 2016, arXiv 1508.07909): a word's characters are joined in the order of learned
/// merges.
struct BytePairModel: TokenModel {
  private(set) var table: SpellingTable
  private let merges: MergeTable
  let byteTokens: [TokenID]?
  let ignoresMerges: Bool
  let continuingPrefix: [UInt8]
  let endSuffix: [UInt8]
  private let fusesUnknown: Bool
  let unknown: TokenID?
  /// The treatment of characters without a token, where neither an unknown token nor bytes represent them.
  var missingCharacters = MissingCharacters.dropped
  /// Whether the file names an unknown token that its vocabulary does not have.
  private let lacksUnknown: Bool

  var spellings: [[UInt8]?] { table.spellings }
  var count: Int { table.count }
  var hasByteTokens: Bool { byteTokens != nil }
  func id(of spelling: [UInt8]) -> TokenID? { table[spelling] }
  mutating func hide(_ ids: [TokenID]) { table.hide(ids) }

  /// Reads vocabulary, merges and settings.
  init(_ field: JSONField) throws {
    if let dropout = try field.optional("dropout"), try dropout.number() != 0 {
      throw dropout.unknown("merges that are left out by chance")
    }
    table = try SpellingTable(object: field.required("vocab"))
    continuingPrefix = try field.optional("continuing_subword_prefix")?.bytes() ?? []
    endSuffix = try field.optional("end_of_word_suffix")?.bytes() ?? []
    merges = try MergeTable(field.required("merges"), spellings: table, continuingPrefix: continuingPrefix)
    byteTokens = try field.flag("byte_fallback", default: false) ? table.byteTokens : nil
    ignoresMerges = try field.flag("ignore_merges", default: false)
    fusesUnknown = try field.flag("fuse_unk", default: false)
    let name = try field.optional("unk_token")
    unknown = try name.flatMap { [table] in table[try $0.bytes()] }
    lacksUnknown = name != nil && unknown == nil
  }

  func encode(_ word: ArraySlice<UInt8>, strays: StrayBytes?, into tokens: inout [TokenID]) throws {
    if ignoresMerges, let id = table.id(ofText: word) {
      tokens.append(id)
      return
    }
    var dropped = 0
    merges.join(try symbols(of: word, strays: strays, dropped: &dropped), into: &tokens)
  }

  /// The library drops them too, silently; it fails where the unknown token that a file names is missing.
  var dropsCharacters: Bool {
    unknown == nil && !lacksUnknown && missingCharacters == .dropped && byteTokens?.contains(-1) != false
  }

  func droppedCharacters(in word: ArraySlice<UInt8>) -> Int {
    if ignoresMerges, table.id(ofText: word) != nil { return 0 }
    var dropped = 0
    _ = try? symbols(of: word, strays: nil, dropped: &dropped)
    return dropped
  }

  /// The tokens of the characters, before any merge.
  private func symbols(
    of word: ArraySlice<UInt8>, strays: StrayBytes?, dropped: inout Int
  ) throws -> [UInt32] {
    var symbols: [UInt32] = []
    symbols.reserveCapacity(word.count)
    var unknowns = 0
    func flush() {
      guard unknowns > 0, let unknown else { return }
      symbols.append(contentsOf: repeatElement(UInt32(unknown), count: fusesUnknown ? 1 : unknowns))
      unknowns = 0
    }
    var index = word.startIndex
    while index < word.endIndex {
      let end = index + word.scalarLength(at: index)
      let character = word[index..<end]
      let stray = strays?.byte(of: word.scalar(at: index).value)
      if stray == nil, let id = id(of: character, isFirst: index == word.startIndex, isLast: end == word.endIndex) {
        flush()
        symbols.append(UInt32(id))
      } else if let bytes = fallback(for: stray.map { [$0] } ?? character) {
        // Unknown characters before the bytes stay pending, as in the library.
        symbols.append(contentsOf: bytes)
      } else if stray == nil, unknown != nil {
        unknowns += 1
      } else if stray == nil, dropsCharacters {
        dropped += 1
      } else {
        throw InexpressibleText()
      }
      index = end
    }
    flush()
    return symbols
  }

  private func id(of character: ArraySlice<UInt8>, isFirst: Bool, isLast: Bool) -> TokenID? {
    let needsPrefix = !isFirst && !continuingPrefix.isEmpty
    let needsSuffix = isLast && !endSuffix.isEmpty
    if !needsPrefix, !needsSuffix { return table.id(ofText: character) }
    return table.id(ofText: (needsPrefix ? continuingPrefix : []) + character + (needsSuffix ? endSuffix : []))
  }

  private func fallback(for bytes: ArraySlice<UInt8>) -> [UInt32]? {
    guard let byteTokens else { return nil }
    let ids = bytes.map { byteTokens[Int($0)] }
    return ids.contains(-1) ? nil : ids.map { UInt32($0) }
  }
}
