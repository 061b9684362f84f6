package import ModelBackends

/// Tokenises a growing text: the result is always its tokenizer's for the whole text, at the cost of the text's tail.
///
/// A session owns one. Control tokens that a template's markup names represent themselves; everything between two of
/// them (the rest of the template's text, the messages and the answer) is one text. Texts are cut where the tokenizer
/// says that both parts can be tokenised separately (`Tokenizer.canCut(_:at:)`); parts that have not changed are not
/// read again. The tokenizers of this package cut between words: a paragraph without a space before a letter (Chinese,
/// a table of numbers) is read again whole.
package struct ContextReader: Sendable {
  /// The minimum number of bytes between two cuts: short parts cost more calls than they save.
  private static let shortestPart = 64

  /// A text between control tokens, as it was tokenised.
  private struct Segment: Sendable {
    var text: ContextRuns.Text
    var pieces: [Piece]
  }

  /// The tokens of a part that can be tokenised separately.
  private struct Piece: Sendable {
    /// Its end index in its segment.
    var end: Int
    /// The length of the segment that was known when the cut at its end was found.
    var seen: Int
    var tokens: [TokenID]
    /// The ranges of its tokens that hold words.
    var words: [Range<Int>]
  }

  /// The tokenizer.
  package let tokenizer: any Tokenizer
  /// The prompt that was read last, and its runs.
  private var prompt: (parts: RenderedPrompt, runs: ContextRuns)?
  /// The texts that were read last, by their indices among the runs.
  private var segments: [Int: Segment] = [:]

  /// Starts with nothing read.
  package init(_ tokenizer: any Tokenizer) {
    self.tokenizer = tokenizer
  }

  /// The tokens of a member's whole text: prompt, then answer.
  ///
  /// Where the context carries the tokens of the answer, they follow the prompt's tokens unchanged. Otherwise the
  /// answer and the text that it continues are tokenised together, so that the result is the tokenizer's own for the
  /// whole text.
  ///
  /// - Throws: The errors of the tokenizer. The reader remains usable.
  /// - Complexity: O(n) comparisons for a text of n bytes; the tokenizer reads the changed part, and the text between
  ///   it and the preceding cut.
  package mutating func read(_ context: ContextText) throws -> ContextTokens {
    if prompt?.parts != context.prompt {
      prompt = (context.prompt, ContextRuns(context.prompt, readBy: tokenizer))
    }
    guard var runs = prompt?.runs else { preconditionFailure("The prompt has just been read.") }
    if context.answerTokens == nil { runs.append(context.answer) }
    var read: [Int: Segment] = [:]
    var tokens: [TokenID] = []
    var openStart = 0
    var messageRanges: [Range<Int>] = []
    for (index, run) in runs.runs.enumerated() {
      openStart = tokens.count
      switch run {
      case .token(let token): tokens.append(token)
      case .text(let text) where runs.isRead(text):
        let segment = try segment(text, known: segments[index])
        for piece in segment.pieces {
          for words in piece.words {
            messageRanges.extend(by: tokens.count + words.lowerBound..<tokens.count + words.upperBound)
          }
          tokens += piece.tokens
        }
        read[index] = segment
      case .text: break
      }
    }
    segments = read
    let chosenStart = tokens.count
    return ContextTokens(
      tokens: tokens + (context.answerTokens ?? []), openStart: openStart, chosenStart: chosenStart,
      messageRanges: messageRanges)
  }

  private func segment(_ text: ContextRuns.Text, known: Segment?) throws -> Segment {
    if let known, known.text == text { return known }
    var pieces: [Piece] = []
    if let known, known.text.options == text.options { pieces = reusable(known, in: text) }
    return Segment(text: text, pieces: pieces + (try self.pieces(of: text, from: pieces.last?.end ?? 0)))
  }

  /// The pieces of an earlier text that are pieces of a new one too.
  private func reusable(_ known: Segment, in text: ContextRuns.Text) -> [Piece] {
    let (before, bytes) = (known.text.bytes, text.bytes)
    var common = 0
    while common < min(before.count, bytes.count), before[common] == bytes[common] { common += 1 }
    let start = Array(bytes[..<common])
    // The piece that ends with the text has no cut at its end.
    var reusable = known.pieces.filter { $0.end <= common && $0.end < before.count }
    // A cut holds whatever follows the text in which it was found; where that text has changed, it is tested again. A
    // cut at the end of the common prefix is not inside a text that could be tested.
    while let last = reusable.last, last.seen > common, last.end == common || !tokenizer.canCut(start, at: last.end) {
      reusable.removeLast()
    }
    while let last = reusable.last, known.text.words.inside(0..<last.end) != text.words.inside(0..<last.end) {
      reusable.removeLast()
    }
    for index in reusable.indices where reusable[index].seen > common {
      reusable[index].seen = index == reusable.indices.last ? common : .max
    }
    return reusable
  }

  /// Tokenises a text from a cut on.
  private func pieces(of text: ContextRuns.Text, from first: Int) throws -> [Piece] {
    let bytes = text.bytes
    var pieces: [Piece] = []
    var start = first
    var position = start + Self.shortestPart
    func read(upTo end: Int) throws {
      let options = start == 0 ? text.options : EncodingOptions(isStart: false)
      let tokens = try tokenizer.encode(Array(bytes[start..<end]), options: options)
      let words = tokenizer.vocabulary.tokens(
        holding: text.words.inside(start..<end), of: tokens, spelling: end - start)
      pieces.append(Piece(end: end, seen: bytes.count, tokens: tokens, words: words))
      start = end
    }
    while position < bytes.count {
      if tokenizer.canCut(bytes, at: position) {
        try read(upTo: position)
        position += Self.shortestPart
      } else {
        position += 1
      }
    }
    if start < bytes.count || start == 0 { try read(upTo: bytes.count) }
    return pieces
  }
}
