/// What of a session's cache an answer may build on, so that a used session answers as a fresh one does, bit for bit.
///
/// Engines round with the number of tokens that go through a model at once: what a cache holds of a token depends, in
/// its last bits, on how the text was cut into passes. So the text that begins an answer is read in passes that end at
/// multiples of a stride, and of what was read before only whole passes stay, which a fresh session would make as well.
/// Within an answer the text grows, and is read on from where it was: a fresh session that gives the same answer does
/// the same. A text that is read onward (``ContextText/Reading/onward``) builds on whatever is cached, and nothing else
/// builds on it.
package struct PassPlan: Sendable {
  /// How a text is read.
  package enum Reading: Sendable {
    /// It begins an answer: only whole passes stay.
    case afresh
    /// It is the last one, or goes on where that ended: all that is cached stays.
    case onward
  }

  /// The shortest and the longest of the prefixes that are asked for at once.
  package typealias Positions = (first: ContextText.Prefix, last: ContextText.Prefix)

  private enum Last: Sendable {
    case none
    /// A text that began an answer, with the counts of tokens after which it gave logits; `nil` where more was done
    /// since.
    case beginning(ContextText, outputs: ClosedRange<Int>?)
    /// A text within an answer.
    case within(ContextText)
    /// A text of which some positions were asked for, up to a prefix.
    case positions(ContextText, last: ContextText.Prefix)
  }

  /// Where passes over a text that begins an answer end: at multiples of this number. `nil` where the whole text is one
  /// pass or passes depend on where it ends, so that none of them serves another text.
  package let stride: Int?
  /// How many cached tokens, from the first one on, were read in whole passes.
  package private(set) var whole = 0
  private var last = Last.none

  /// Starts with an empty cache.
  ///
  /// - Precondition: `stride` is positive.
  package init(stride: Int?) {
    precondition(stride ?? 1 > 0, "Passes have at least one token.")
    self.stride = stride
  }

  /// How a text is to be read.
  ///
  /// - Parameter outputs: After how many of its tokens logits are made. They round with their number, too.
  package func reading(of context: ContextText, outputs: ClosedRange<Int>) -> Reading {
    switch last {
    case .none: .afresh
    case _ where context.reading == .onward: .onward
    case .positions: .afresh
    case .beginning(let known, let made):
      if known.says(context) { made == outputs ? .onward : .afresh } else { known.begins(context) ? .onward : .afresh }
    case .within(let known): known.begins(context) ? .onward : .afresh
    }
  }

  /// How a text is to be read of which some positions are asked for: on, if those before were asked for last.
  package func reading(of context: ContextText, positions: Positions) -> Reading {
    guard case .positions(let known, let before) = last, known.says(context) else { return .afresh }
    return before.isBefore(positions.first) ? .onward : .afresh
  }

  /// How many cached tokens stay for a text that is read afresh.
  ///
  /// - Parameters:
  ///   - common: How many tokens the cached text and the new one begin with together.
  ///   - outputs: After how many tokens logits are made.
  package func kept(common: Int, outputs: ClosedRange<Int>) -> Int {
    guard let stride else { return 0 }
    return min(whole, common, outputs.lowerBound - 1) / stride * stride
  }

  /// Where a pass ends that begins after `position` of `count` tokens.
  package func passEnd(from position: Int, of count: Int) -> Int {
    stride.map { min(count, (position / $0 + 1) * $0) } ?? count
  }

  /// Notes that tokens went through the model at once.
  package mutating func note(pass tokens: Range<Int>) {
    if tokens.lowerBound == whole, tokens.count == stride { whole = tokens.upperBound }
  }

  /// Notes that only the first tokens are cached any more.
  package mutating func cut(to count: Int) {
    whole = stride.map { min(whole, count) / $0 * $0 } ?? 0
  }

  /// Notes that a text was read.
  package mutating func finish(_ reading: Reading, of context: ContextText, outputs: ClosedRange<Int>) {
    switch (reading, last) {
    case (.afresh, _): last = .beginning(context, outputs: outputs)
    case (.onward, .beginning(let known, _)) where known.says(context): break
    case (.onward, _): last = .within(context)
    }
  }

  /// Notes that positions of a text were asked for.
  package mutating func finish(of context: ContextText, positions: Positions) {
    last = .positions(context, last: positions.last)
  }

  /// Notes that something else was evaluated after the text, so that the same text is not answered from what is left.
  package mutating func disturb() {
    if case .beginning(let context, _) = last { last = .beginning(context, outputs: nil) }
  }

  /// Forgets which text was read, after a failure.
  package mutating func forget() { last = .none }
}

extension ContextText.Prefix {
  fileprivate func isBefore(_ other: Self) -> Bool {
    (byteCount, tokenCount ?? 0) < (other.byteCount, other.tokenCount ?? 0)
  }
}

extension ContextText {
  /// Whether two texts are the same to a model.
  fileprivate func says(_ other: ContextText) -> Bool {
    reading == other.reading && answer == other.answer && answerTokens == other.answerTokens && prompt == other.prompt
  }

  /// Whether another text is this one or the same answer further on.
  fileprivate func begins(_ other: ContextText) -> Bool {
    let tokensGrow =
      switch (answerTokens, other.answerTokens) {
      case (nil, nil): true
      case (let tokens?, let more?): more.starts(with: tokens)
      default: false
      }
    return tokensGrow && reading == other.reading && other.answer.starts(with: answer) && prompt == other.prompt
  }
}
