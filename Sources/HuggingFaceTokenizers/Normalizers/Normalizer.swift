internal import BackendSupport
internal import ModelBackends

/// A transformation of text before it is split.
protocol Normalizer: Sendable {
  /// Changes a piece that holds at least one character.
  func apply(to piece: inout Piece, strays: StrayBytes?)

  /// The extent of the text on which the result depends.
  var scope: NormalizerScope { get }
}

/// Several normalisers, applied in order.
struct NormalizerSequence: Normalizer {
  var steps: [any Normalizer]

  func apply(to piece: inout Piece, strays: StrayBytes?) {
    for step in steps where !piece.text.isEmpty { step.apply(to: &piece, strays: strays) }
  }
}

extension JSONField {
  /// Reads a normaliser.
  ///
  /// - Throws: ``TokenizerError``, with the code `unsupported` for one that this reader does not know.
  func normalizer() throws -> any Normalizer {
    let type = try type()
    switch type {
    case "Sequence":
      return NormalizerSequence(steps: try required("normalizers").elements().map { try $0.normalizer() })
    case "NFC", "NFD", "NFKC", "NFKD": return UnicodeNormalizer(form: NormalForm(rawValue: type)!)
    case "Lowercase": return LowercaseNormalizer()
    case "StripAccents": return AccentNormalizer()
    case "Strip":
      return StripNormalizer(
        left: try flag("strip_left", default: true), right: try flag("strip_right", default: true))
    case "Prepend": return PrependNormalizer(prefix: try required("prepend").bytes())
    case "Replace":
      return ReplaceNormalizer(
        pattern: try Pattern(required("pattern")), replacement: try required("content").bytes())
    case "Nmt": return NmtNormalizer()
    case "BertNormalizer": return try BertNormalizer(self)
    case "Precompiled": return PrecompiledNormalizer(map: try CharacterMap(required("precompiled_charsmap")))
    case "ByteLevel": return ByteLevelNormalizer()
    default: throw unknown("the normalizer \"\(type)\"")
    }
  }
}
