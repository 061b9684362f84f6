internal import Foundation
internal import ModelBackends

/// The extent of the text on which a normaliser's result depends.
enum NormalizerScope {
  /// The result for a character may depend on words farther away.
  case unknown
  /// Words (clusters of characters, strings without white space), runs of spaces, and the ends of a text.
  case words
  /// Characters, together with the combining marks after them.
  case characters
  /// Only the start of a text and the spelling of spaces.
  case spaces
}

extension Normalizer {
  /// Normalises bytes that continue a text.
  func continued(_ text: some Sequence<UInt8>) -> [UInt8] {
    var piece = Piece(text: Array(text)[...], position: .continuation)
    apply(to: &piece, strays: nil)
    return Array(piece.text)
  }
}

extension NormalizerSequence {
  var scope: NormalizerScope {
    let scopes = steps.map(\.scope)
    if scopes.allSatisfy({ $0 == .spaces }) { return .spaces }
    if scopes.contains(.unknown) { return .unknown }
    return scopes.contains(.words) ? .words : .characters
  }
}

extension ReplaceNormalizer {
  /// Replacing one space by one character changes the spelling only. A string without white space does not span words,
  /// nor does an expression that matches whole runs of it. Other replacements may.
  var scope: NormalizerScope {
    switch pattern {
    case .string([0x20]):
      let isOneCharacter = !replacement.isEmpty && replacement.scalarLength(at: 0) == replacement.count
      return isOneCharacter ? .spaces : .unknown
    case .string(let string):
      let isFree = (string + replacement)[...].string.unicodeScalars.allSatisfy { !$0.isSpace }
      return isFree && !replacement.isEmpty ? .words : .unknown
    case .expression(let expression):
      return Self.runsOfSpace.contains(expression.pattern) ? .words : .unknown
    }
  }

  private static let runsOfSpace: Set = [" +", " {2,}", "[ ]+", "[ ]{2,}", "\\s+", "\\s{2,}"]
}

extension PatternSplit {
  /// Whether the pattern is a single character, which cannot span a cut point.
  var isOneCharacter: Bool {
    if case .string(let string) = pattern { string.scalarLength(at: 0) == string.count } else { false }
  }
}

extension PreTokenizer {
  /// The spelling of a space or a line feed that the model is given.
  func spelling(of byte: UInt8) -> [UInt8] {
    switch self {
    case let sequence as PreTokenizerSequence:
      sequence.steps.lazy.map { $0.spelling(of: byte) }.first { $0 != [byte] } ?? [byte]
    case let metaspace as MetaspacePreTokenizer where byte == 0x20: metaspace.replacement
    case is ByteLevelPreTokenizer: ByteAlphabet.spelling(of: [byte], strays: nil)
    default: [byte]
    }
  }
}

extension TokenDecoder {
  /// Returns whether decoding a token gives the bytes that it was encoded from, for a given spelling of spaces.
  func inverts(spaceSpelling: [UInt8]) -> Bool {
    let others = steps.filter { if case .byteFallback = $0 { false } else { true } }
    if spaceSpelling == ByteAlphabet.spelling(of: [0x20], strays: nil) {
      return steps.count == 1 && others.contains { if case .byteLevel = $0 { true } else { false } }
    }
    if spaceSpelling == [0x20] { return others.isEmpty }
    return others.count == 1
      && others.contains { if case .replace(.string(spaceSpelling), [0x20]) = $0 { true } else { false } }
  }
}

extension Vocabulary {
  /// Returns whether a token that represents no text contains one of the spellings; merges might produce it from words.
  func hasMarkers(holding spellings: [[UInt8]]) -> Bool {
    indices.contains { id in
      !kind(of: id).isText && spellings.contains { !Pattern.string($0).matches(in: Array(bytes(of: id))[...]).isEmpty }
    }
  }
}

extension BytePairModel {
  /// Merges join tokens of the vocabulary, in an order that does not depend on the words around.
  func readsApart(around separator: [UInt8]) -> Bool {
    guard !ignoresMerges, continuingPrefix.isEmpty, endSuffix.isEmpty else { return false }
    // The neighbours of a character that is left out might be merged.
    let isByteLevel = [0x20, 0x0A].contains { ByteAlphabet.spelling(of: [$0], strays: nil) == separator }
    guard !dropsCharacters || isByteLevel && table.hasAllBytesOfText else { return false }
    // Unknown characters on both sides might be joined into one token.
    guard table.id(ofText: separator) != nil || byteTokens?.contains(-1) == false else { return false }
    // A token that continues after the spelling of a byte would not be found by its bytes.
    return byteTokens == nil || !spellings.contains { $0.map(Self.holdsByteSpelling) ?? false }
  }

  private static func holdsByteSpelling(_ spelling: [UInt8]) -> Bool {
    spelling.count > 6
      && (0...spelling.count - 6).contains {
        spelling[$0] == UInt8(ascii: "<") && ByteToken.byte(of: spelling[$0..<$0 + 6]) != nil
      }
  }
}

extension UnigramModel {
  /// Scores restart at spaces, and only there.
  func readsApart(around separator: [UInt8]) -> Bool {
    guard separator == Self.spaceSpelling, let id = table.id(ofText: separator) else { return false }
    return id != unknown
  }
}
