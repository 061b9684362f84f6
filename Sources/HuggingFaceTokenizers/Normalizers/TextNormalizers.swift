internal import BackendSupport
internal import ModelBackends

/// One of Unicode's normalisation forms.
struct UnicodeNormalizer: Normalizer {
  var form: NormalForm
  var scope: NormalizerScope { .characters }

  func apply(to piece: inout Piece, strays: StrayBytes?) {
    piece.text = form.normalized(piece.text)[...]
  }
}

/// Lowercases every character, independent of its context.
struct LowercaseNormalizer: Normalizer {
  var scope: NormalizerScope { .characters }

  func apply(to piece: inout Piece, strays: StrayBytes?) {
    piece.text.rewriteScalars { scalar, result in
      if scalar.isASCII {
        result.append(scalar.properties.isUppercase ? UInt8(scalar.value) + 32 : UInt8(scalar.value))
      } else {
        result.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
      }
    }
  }
}

/// Removes combining marks. It follows a decomposing form; otherwise composed accents stay.
struct AccentNormalizer: Normalizer {
  var scope: NormalizerScope { .characters }

  func apply(to piece: inout Piece, strays: StrayBytes?) {
    piece.text.rewriteScalars { scalar, result in
      if !scalar.isAccent { result.append(scalar) }
    }
  }
}

/// Removes white space at the ends of a text.
struct StripNormalizer: Normalizer {
  var left: Bool
  var right: Bool
  var scope: NormalizerScope { .words }

  func apply(to piece: inout Piece, strays: StrayBytes?) {
    var text = piece.text
    if left {
      while let first = text.indices.first, case let (value, length) = text.scalar(at: first),
        Unicode.Scalar(value)!.isSpace
      {
        text = text.dropFirst(length)
      }
      if text.startIndex > piece.text.startIndex, piece.position == .start { piece.position = .later }
    }
    if right {
      while !text.isEmpty, case let start = text.scalarStart(before: text.endIndex),
        Unicode.Scalar(text.scalar(at: start).value)!.isSpace
      {
        text = text[..<start]
      }
    }
    piece.text = text
  }
}

/// Prepends a string to a text, unless it continues another.
struct PrependNormalizer: Normalizer {
  var prefix: [UInt8]
  var scope: NormalizerScope { .spaces }

  func apply(to piece: inout Piece, strays: StrayBytes?) {
    if piece.position != .continuation { piece.text = (prefix + piece.text)[...] }
  }
}

/// Replaces every match of a pattern by a fixed string.
struct ReplaceNormalizer: Normalizer {
  var pattern: Pattern
  var replacement: [UInt8]

  func apply(to piece: inout Piece, strays: StrayBytes?) {
    piece.text = pattern.replacing(in: piece.text, with: replacement)
  }
}

/// Spells a text in the byte alphabet.
struct ByteLevelNormalizer: Normalizer {
  var scope: NormalizerScope { .unknown }

  func apply(to piece: inout Piece, strays: StrayBytes?) {
    piece.text = ByteAlphabet.spelling(of: piece.text, strays: strays)[...]
  }
}

/// SentencePiece's clean-up of machine-translation data: no control characters, and plain spaces for special ones.
struct NmtNormalizer: Normalizer {
  var scope: NormalizerScope { .characters }

  func apply(to piece: inout Piece, strays: StrayBytes?) {
    piece.text.rewriteScalars { scalar, result in
      switch scalar.value {
      case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: break
      case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD:
        result.append(0x20)
      default: result.append(scalar)
      }
    }
  }
}
