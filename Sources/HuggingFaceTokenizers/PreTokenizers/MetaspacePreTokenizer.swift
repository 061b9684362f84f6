/// SentencePiece's pre-tokeniser: spaces become a visible character, which begins words.
struct MetaspacePreTokenizer: PreTokenizer {
  /// The texts without a leading space that get one.
  enum Scheme: String {
    case always
    case first
    case never
  }

  /// The character that replaces a space.
  let replacement: [UInt8]
  private let scheme: Scheme
  private let splits: Bool

  /// Reads the settings, in the current and the older form (`add_prefix_space`).
  init(_ field: JSONField) throws {
    replacement = try field.spaceReplacement()
    if let name = try field.optional("prepend_scheme") {
      guard let scheme = Scheme(rawValue: try name.text()) else {
        throw name.unknown("the scheme \"\(try name.text())\"")
      }
      self.scheme = scheme
    } else {
      scheme = try field.flag("add_prefix_space", default: true) ? .always : .never
    }
    splits = try field.flag("split", default: true)
  }

  func split(_ piece: Piece, strays: StrayBytes?) -> [Piece] {
    var piece = piece
    piece.text = Pattern.string([0x20]).replacing(in: piece.text, with: replacement)
    if addsPrefix(at: piece.position), !piece.text.starts(with: replacement) {
      piece.text = (replacement + piece.text)[...]
    }
    if !splits { return [piece] }
    return SplitBehavior.mergedWithNext.split(piece, at: Pattern.string(replacement).matches(in: piece.text))
  }

  var addsPrefix: Bool { scheme == .always }
  var respells: Bool { true }

  /// Every space begins a word.
  func effect(at point: CutPoint) -> CutEffect { splits && point == .beforeSpace ? .splits : .local }

  private func addsPrefix(at position: Piece.Position) -> Bool {
    switch scheme {
    case .always: position != .continuation
    case .first: position == .start
    case .never: false
    }
  }
}

extension JSONField {
  /// The character by which a `Metaspace` component replaces a space.
  func spaceReplacement() throws -> [UInt8] {
    let replacement = try required("replacement").bytes()
    guard !replacement.isEmpty, replacement.scalarLength(at: 0) == replacement.count else {
      throw fault("should replace spaces by one character")
    }
    return replacement
  }
}
