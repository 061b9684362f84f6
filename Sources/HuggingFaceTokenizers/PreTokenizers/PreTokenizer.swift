/// Splits text into words, which the model then tokenises one by one.
protocol PreTokenizer: Sendable {
  /// The parts of a piece, in reading order.
  func split(_ piece: Piece, strays: StrayBytes?) -> [Piece]

  /// The effect on a cut point.
  func effect(at point: CutPoint) -> CutEffect
  /// Whether it may insert a prefix before a piece that does not begin a text.
  var addsPrefix: Bool { get }
  /// Whether it changes the spelling of spaces.
  var respells: Bool { get }
}

/// Several pre-tokenisers, applied in order.
struct PreTokenizerSequence: PreTokenizer {
  var steps: [any PreTokenizer]

  func split(_ piece: Piece, strays: StrayBytes?) -> [Piece] {
    steps.reduce([piece]) { pieces, step in pieces.flatMap { step.split($0, strays: strays) } }
  }
}

/// Splits at the matches of a pattern.
struct PatternSplit: PreTokenizer {
  var pattern: Pattern
  var behavior: SplitBehavior
  var isInverted = false

  func split(_ piece: Piece, strays: StrayBytes?) -> [Piece] {
    behavior.split(piece, at: pattern.matches(in: piece.text), inverted: isInverted)
  }
}

/// Splits at the characters of a class.
struct CharacterSplit: PreTokenizer {
  enum Class {
    case space
    case number
    case punctuation
    case scalar(Unicode.Scalar)

    func contains(_ scalar: Unicode.Scalar) -> Bool {
      switch self {
      case .space: scalar.isSpace
      case .number: scalar.isNumeric
      case .punctuation: scalar.isPunctuation
      case .scalar(let wanted): scalar == wanted
      }
    }
  }

  var characters: Class
  var behavior: SplitBehavior

  func split(_ piece: Piece, strays: StrayBytes?) -> [Piece] {
    behavior.split(piece, at: piece.ranges(where: characters.contains))
  }
}

/// Splits into pieces of a fixed number of characters.
struct FixedLengthSplit: PreTokenizer {
  var length: Int

  func split(_ piece: Piece, strays: StrayBytes?) -> [Piece] {
    let ranges = piece.ranges { _ in true }
    return piece.parts(
      stride(from: 0, to: ranges.count, by: length).map { first in
        ranges[first].lowerBound..<ranges[min(first + length, ranges.count) - 1].upperBound
      })
  }
}

extension JSONField {
  /// Reads a pre-tokeniser.
  ///
  /// - Throws: ``TokenizerError``, with the code `unsupported` for one that this reader does not know.
  func preTokenizer() throws -> any PreTokenizer {
    let type = try type()
    switch type {
    case "Sequence":
      return PreTokenizerSequence(steps: try required("pretokenizers").elements().map { try $0.preTokenizer() })
    case "ByteLevel": return try ByteLevelPreTokenizer(self)
    case "Metaspace": return try MetaspacePreTokenizer(self)
    case "Split":
      return PatternSplit(
        pattern: try Pattern(required("pattern")), behavior: try SplitBehavior(required("behavior")),
        isInverted: try flag("invert", default: false))
    case "Whitespace":
      // The library matches this one with another engine, which treats joiners as word characters, as ICU does.
      let words = try Pattern(icu: #"\w+|[^\w\s]+"#)
      return PatternSplit(pattern: words, behavior: .removed, isInverted: true)
    case "WhitespaceSplit": return CharacterSplit(characters: .space, behavior: .removed)
    case "Digits":
      let areSingle = try flag("individual_digits", default: false)
      return CharacterSplit(characters: .number, behavior: areSingle ? .isolated : .contiguous)
    case "Punctuation":
      let behavior = try optional("behavior").map { try SplitBehavior($0) } ?? .isolated
      return CharacterSplit(characters: .punctuation, behavior: behavior)
    case "BertPreTokenizer":
      return PreTokenizerSequence(steps: [
        CharacterSplit(characters: .space, behavior: .removed),
        CharacterSplit(characters: .punctuation, behavior: .isolated),
      ])
    case "CharDelimiterSplit":
      let delimiter = try required("delimiter")
      let scalars = try delimiter.text().unicodeScalars
      guard let scalar = scalars.first, scalars.count == 1 else { throw delimiter.fault("should hold one character") }
      return CharacterSplit(characters: .scalar(scalar), behavior: .removed)
    case "FixedLength":
      let length = try optional("length")?.count() ?? 5
      guard length > 0 else { throw fault("cuts pieces of no length") }
      return FixedLengthSplit(length: length)
    default: throw unknown("the pre-tokenizer \"\(type)\"")
    }
  }
}
