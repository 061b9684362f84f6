/// GPT-2's pre-tokeniser: words with the space before them, spelt in the byte alphabet.
struct ByteLevelPreTokenizer: PreTokenizer {
  private static let words =
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  private let addsSpace: Bool
  private let pattern: Pattern?

  /// Reads the settings.
  init(_ field: JSONField) throws {
    addsSpace = try field.flag("add_prefix_space", default: true)
    let splits = try field.flag("use_regex", default: true)
    pattern = splits ? try Pattern(expression: ByteLevelPreTokenizer.words, at: field) : nil
  }

  func split(_ piece: Piece, strays: StrayBytes?) -> [Piece] {
    var piece = piece
    if addsSpace, piece.position != .continuation, piece.text.first != 0x20 { piece.text = ([0x20] + piece.text)[...] }
    let words = pattern.map { SplitBehavior.isolated.split(piece, at: $0.matches(in: piece.text)) } ?? [piece]
    return words.map { Piece(text: ByteAlphabet.spelling(of: $0.text, strays: strays)[...], position: $0.position) }
  }

  var addsPrefix: Bool { addsSpace }
  var respells: Bool { true }

  func effect(at point: CutPoint) -> CutEffect {
    pattern.map { PatternSplit(pattern: $0, behavior: .isolated).effect(at: point) } ?? .local
  }
}
