internal import BackendSupport
internal import ModelBackends

/// BERT's normaliser (Devlin et al. 2018): removes control characters, unifies spaces, puts spaces around ideographs,
/// and optionally removes accents and lowercases.
struct BertNormalizer: Normalizer {
  private let cleansText: Bool
  private let separatesIdeographs: Bool
  private let stripsAccents: Bool
  private let lowercases: Bool
  var scope: NormalizerScope { .characters }

  /// Reads the settings.
  init(_ field: JSONField) throws {
    cleansText = try field.flag("clean_text", default: true)
    separatesIdeographs = try field.flag("handle_chinese_chars", default: true)
    lowercases = try field.flag("lowercase", default: true)
    stripsAccents = try field.flag("strip_accents", default: lowercases)
  }

  func apply(to piece: inout Piece, strays: StrayBytes?) {
    if cleansText { clean(&piece, strays: strays) }
    if separatesIdeographs { separateIdeographs(&piece) }
    if stripsAccents {
      UnicodeNormalizer(form: .decomposed).apply(to: &piece, strays: strays)
      piece.text.rewriteScalars { scalar, result in
        if scalar.oldCategory != .nonspacingMark { result.append(scalar) }
      }
    }
    if lowercases { LowercaseNormalizer().apply(to: &piece, strays: strays) }
  }

  private func clean(_ piece: inout Piece, strays: StrayBytes?) {
    piece.text.rewriteScalars { scalar, result in
      if strays?.byte(of: scalar.value) != nil {
        result.append(scalar)
      } else if scalar.value != 0xFFFD, !isControl(scalar) {
        result.append(scalar.isSpace ? " " : scalar)
      }
    }
  }

  private func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\t", "\n", "\r": return false
    default: break
    }
    switch scalar.oldCategory {
    case .control, .format, .privateUse: return true
    default: return false
    }
  }

  private func separateIdeographs(_ piece: inout Piece) {
    piece.text.rewriteScalars { scalar, result in
      switch scalar.value {
      case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
        0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
        result.append(0x20)
        result.append(scalar)
        result.append(0x20)
      default: result.append(scalar)
      }
    }
  }
}
