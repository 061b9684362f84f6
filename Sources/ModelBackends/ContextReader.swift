/// Reads a growing text as tokens: always its tokenizer's answer for the whole text, at the cost of the text's tail.
///
/// A session owns one. Stretches of text are cut where the tokenizer says that both parts can be read on their own
/// (``Tokenizer/canCut(_:at:)``); parts that have not changed are not read again. The tokenizers of this package cut between
/// words: a paragraph without a space before a letter (Chinese, a table of numbers) is read again whole.
///
/// ```swift
/// var reader = ContextReader(tokenizer)
/// let text = try reader.read(context)
/// ```
public struct ContextReader: Sendable {
  /// The least number of bytes between two cuts: short parts cost more calls than they save.
  private static let shortestPart = 64

  /// A prompt's stretch, or its last one with the answer, as it was read.
  private struct Stretch: Sendable {
    var part: Prompt.Part
    var pieces: [Piece]
  }

  /// The tokens of a part that can be read on its own.
  private struct Piece: Sendable {
    /// Where it ends in its stretch.
    var end: Int
    /// How much of the stretch was known when the cut at its end was made.
    var seen: Int
    var tokens: [TokenID]
  }

  /// What turns text into tokens.
  public let tokenizer: any Tokenizer
  private var stretches: [Stretch] = []

  /// Starts with nothing read.
  public init(_ tokenizer: any Tokenizer) {
    self.tokenizer = tokenizer
  }

  /// The tokens of a member's whole text: prompt, then answer.
  ///
  /// Where the context carries the tokens of the answer, they follow the prompt's tokens as they are. Otherwise the answer
  /// and the text that it continues are tokenised together, so that the result is the tokenizer's own for the whole text.
  ///
  /// - Throws: What the tokenizer throws. The reader can be used again.
  /// - Complexity: O(n) comparisons for a text of n bytes; the tokenizer reads what has changed, and what lies between it
  ///   and the cut before.
  public mutating func read(_ context: ContextText) throws -> ContextTokens {
    let parts = context.parts
    var read: [Stretch] = []
    for (index, part) in parts.enumerated() {
      let known = index < stretches.count ? stretches[index] : nil
      read.append(try stretch(part, isStart: index == 0, known: known))
    }
    stretches = read
    var tokens: [TokenID] = []
    var openStart = 0
    var wordRanges: [Range<Int>] = []
    for stretch in read {
      openStart = tokens.count
      for piece in stretch.pieces { tokens += piece.tokens }
      switch stretch.part {
      case .text: wordRanges.append(openStart..<tokens.count)
      case .markup: openStart = tokens.count
      }
    }
    let chosenStart = tokens.count
    return ContextTokens(
      tokens: tokens + (context.answerTokens ?? []), openStart: openStart, chosenStart: chosenStart,
      wordRanges: wordRanges)
  }

  private func stretch(_ part: Prompt.Part, isStart: Bool, known: Stretch?) throws -> Stretch {
    if let known, known.part == part { return known }
    switch part {
    case .markup(let markup):
      let options = EncodingOptions(isStart: isStart, readsControlTokens: true)
      let bytes = Array(markup.utf8)
      let piece = Piece(end: bytes.count, seen: bytes.count, tokens: try tokenizer.encode(bytes, options: options))
      return Stretch(part: part, pieces: [piece])
    case .text(let bytes):
      var pieces: [Piece] = []
      if case .text(let before) = known?.part, let known { pieces = reusable(known.pieces, from: before, in: bytes) }
      return Stretch(part: part, pieces: pieces + (try self.pieces(of: bytes, from: pieces.last?.end ?? 0, isStart)))
    }
  }

  /// The pieces of an earlier text that are pieces of a new one too.
  private func reusable(_ pieces: [Piece], from before: [UInt8], in bytes: [UInt8]) -> [Piece] {
    var common = 0
    while common < min(before.count, bytes.count), before[common] == bytes[common] { common += 1 }
    let start = Array(bytes[..<common])
    // What ends with the text was not cut there.
    var reusable = pieces.filter { $0.end <= common && $0.end < before.count }
    // A cut holds whatever follows the text that it was made in; where that text has changed, it is asked for anew.
    // One at the end of what is common is not inside a text that could be asked about.
    while let last = reusable.last, last.seen > common, last.end == common || !tokenizer.canCut(start, at: last.end) {
      reusable.removeLast()
    }
    for index in reusable.indices where reusable[index].seen > common {
      reusable[index].seen = index == reusable.indices.last ? common : .max
    }
    return reusable
  }

  /// Reads a text from a cut on.
  private func pieces(of bytes: [UInt8], from first: Int, _ isStart: Bool) throws -> [Piece] {
    var pieces: [Piece] = []
    var start = first
    var place = start + Self.shortestPart
    func read(upTo end: Int) throws {
      let options = EncodingOptions(isStart: isStart && start == 0)
      let tokens = try tokenizer.encode(Array(bytes[start..<end]), options: options)
      pieces.append(Piece(end: end, seen: bytes.count, tokens: tokens))
      start = end
    }
    while place < bytes.count {
      if tokenizer.canCut(bytes, at: place) {
        try read(upTo: place)
        place += Self.shortestPart
      } else {
        place += 1
      }
    }
    if start < bytes.count || start == 0 { try read(upTo: bytes.count) }
    return pieces
  }
}
