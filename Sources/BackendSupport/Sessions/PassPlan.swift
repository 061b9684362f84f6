package import ModelBackends

/// The part of a session's cache that an answer may use, so that a used session answers as a fresh one does, bit for
/// bit.
///
/// Rounding in engines depends on the number of tokens in a pass: the last bits of a token's cached state depend on how
/// the text was divided into passes. So the text that begins an answer is read in passes that end at multiples of a
/// stride, and of the text read before only whole passes are kept, which a fresh session would run as well. Within an
/// answer the text grows, and reading continues from the end: a fresh session that gives the same answer does the same.
/// A continued text (`ContextText.Reading.continued`) uses the whole cache, and no other text uses its
/// results.
package struct PassPlan: Sendable {
  /// The relation of a text to the cache, which decides how it is read.
  package enum Reading: Sendable {
    /// It begins an answer: only whole passes are kept.
    case restart
    /// It equals or extends the previous text: the whole cache is kept.
    case continuation
  }

  /// The shortest and the longest of the prefixes that are requested at once.
  package typealias Positions = (first: ContextText.Prefix, last: ContextText.Prefix)

  private enum Last: Sendable {
    case none
    /// A text that began an answer, with the token counts after which it gave logits; `nil` where other work followed.
    case beginning(ContextText, outputs: ClosedRange<Int>?)
    /// A text within an answer.
    case within(ContextText)
    /// A text of which some positions were requested, up to a prefix.
    case positions(ContextText, last: ContextText.Prefix)
  }

  /// The stride: passes over a text that begins an answer end at multiples of it. `nil` where the whole text is one
  /// pass or passes depend on its end, so that none of them can be reused for another text.
  package let stride: Int?
  /// The number of cached tokens, from the first one on, that were read in whole passes.
  package private(set) var whole = 0
  private var last = Last.none

  /// Starts with an empty cache.
  ///
  /// - Precondition: `stride` is positive.
  package init(stride: Int?) {
    precondition(stride ?? 1 > 0, "Passes have at least one token.")
    self.stride = stride
  }

  /// Determines how to read a text.
  ///
  /// - Parameter outputs: The range of token counts after which logits are computed. Rounding depends on their number,
  ///   too.
  package func reading(of context: ContextText, outputs: ClosedRange<Int>) -> Reading {
    switch last {
    case .none: .restart
    case _ where context.reading == .continued: .continuation
    case .positions: .restart
    case .beginning(let known, let computed):
      if known.equals(context) {
        computed == outputs ? .continuation : .restart
      } else {
        known.isPrefix(of: context) ? .continuation : .restart
      }
    case .within(let known): known.isPrefix(of: context) ? .continuation : .restart
    }
  }

  /// Determines how to read a text of which some positions are requested: as a continuation, if the preceding ones were
  /// requested last.
  package func reading(of context: ContextText, positions: Positions) -> Reading {
    guard case .positions(let known, let before) = last, known.equals(context) else { return .restart }
    return before.isBefore(positions.first) ? .continuation : .restart
  }

  /// The number of cached tokens that are kept for a text that begins an answer.
  ///
  /// - Parameters:
  ///   - common: The length of the common prefix of the cached text and the new one, in tokens.
  ///   - outputs: The range of token counts after which logits are computed.
  package func kept(common: Int, outputs: ClosedRange<Int>) -> Int {
    guard let stride else { return 0 }
    return min(whole, common, outputs.lowerBound - 1) / stride * stride
  }

  /// The end of a pass that begins after `position` of `count` tokens.
  package func passEnd(from position: Int, of count: Int) -> Int {
    stride.map { min(count, (position / $0 + 1) * $0) } ?? count
  }

  /// Records that tokens went through the model in one pass.
  package mutating func note(pass tokens: Range<Int>) {
    if tokens.lowerBound == whole, tokens.count == stride { whole = tokens.upperBound }
  }

  /// Records that only the first tokens are still cached.
  package mutating func cut(to count: Int) {
    whole = stride.map { min(whole, count) / $0 * $0 } ?? 0
  }

  /// Records that a text was read.
  package mutating func finish(_ reading: Reading, of context: ContextText, outputs: ClosedRange<Int>) {
    switch (reading, last) {
    case (.restart, _): last = .beginning(context, outputs: outputs)
    case (.continuation, .beginning(let known, _)) where known.equals(context): break
    case (.continuation, _): last = .within(context)
    }
  }

  /// Records that positions of a text were requested.
  package mutating func finish(of context: ContextText, positions: Positions) {
    last = .positions(context, last: positions.last)
  }

  /// Records that something else was evaluated after the text, so that the same text is not answered from the remaining
  /// state.
  package mutating func disturb() {
    if case .beginning(let context, _) = last { last = .beginning(context, outputs: nil) }
  }

  /// Discards the record of the last text, after a failure.
  package mutating func forget() { last = .none }
}

extension ContextText.Prefix {
  fileprivate func isBefore(_ other: Self) -> Bool {
    (byteCount, tokenCount ?? 0) < (other.byteCount, other.tokenCount ?? 0)
  }
}

extension ContextText {
  /// Returns whether two texts are the same to a model.
  fileprivate func equals(_ other: ContextText) -> Bool {
    reading == other.reading && answer == other.answer && answerTokens == other.answerTokens && prompt == other.prompt
  }

  /// Returns whether another text is this one or extends the same answer.
  fileprivate func isPrefix(of other: ContextText) -> Bool {
    let tokensGrow =
      switch (answerTokens, other.answerTokens) {
      case (nil, nil): true
      case (let tokens?, let more?): more.starts(with: tokens)
      default: false
      }
    return tokensGrow && reading == other.reading && other.answer.starts(with: answer) && prompt == other.prompt
  }
}
