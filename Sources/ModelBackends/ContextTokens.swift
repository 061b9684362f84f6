/// A member's whole text as tokens, with what can be said about its end.
public struct ContextTokens: Sendable, Hashable {
  /// All tokens: markers, prompt, answer.
  public var tokens: [TokenID]
  /// The first token of the stretch of text that is still being written. A token that begins before it has ended for
  /// good, because markup follows it.
  public var openStart: Int
  /// The first token that the model chose itself; the number of tokens where it chose none.
  ///
  /// The boundaries between chosen tokens are the model's own. Those before were found by the tokenizer, which did not
  /// know what comes next.
  public var chosenStart: Int

  /// Makes a text of tokens.
  public init(tokens: [TokenID], openStart: Int = 0, chosenStart: Int? = nil) {
    self.tokens = tokens
    self.openStart = openStart
    self.chosenStart = chosenStart ?? tokens.count
  }
}
