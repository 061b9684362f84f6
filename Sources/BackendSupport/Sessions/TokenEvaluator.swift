public import ModelBackends

/// The part of a model's engine that a ``TextSession`` needs: logits after token ids.
///
/// One method is enough. An engine with a cache also reports the number of tokens that it holds (``heldCount``) and
/// drops some (``keep(_:)``); one that can evaluate branches besides the text does so in
/// ``evaluate(_:logitsAfter:branches:)``. An evaluator belongs to one session, which calls it on an executor of its
/// own, where it may block.
public protocol TokenEvaluator {
  /// Evaluates tokens that follow those held.
  ///
  /// - Parameters:
  ///   - tokens: A part of the text's tokens, which begins at the index ``heldCount``: all of them, or a pass's.
  ///   - counts: The token counts of the text after which logits are needed, ascending, each within `tokens`. May be
  ///     empty.
  /// - Returns: Logits, `[vocabulary]` each, by token count. There may be more than were requested.
  /// - Throws: Any error. ``heldCount`` then is the number of tokens that are still certain to be held.
  mutating func evaluate(_ tokens: ArraySlice<TokenID>, logitsAfter counts: [Int]) throws -> [Int: [Float]]

  /// The number of tokens of the text, from its first on, whose state the engine holds; always 0 without a cache, and
  /// the evaluator is then given whole texts.
  var heldCount: Int { get }

  /// Drops all but the first tokens. An engine that cannot stop at exactly that number keeps fewer.
  mutating func keep(_ count: Int)

  /// The stride of passes: over a text that begins an answer they end at its multiples, so that other texts with the
  /// same beginning can reuse them; `nil` where the whole text is one pass, or passes depend on its end.
  var passStride: Int? { get }

  /// The maximum number of `pending` tokens for the next pass, given the number that are held.
  func longestPass(after held: Int, pending: Int) -> Int

  /// Whether an evaluation gives logits after its last token alone, so that passes end where logits are needed.
  var givesLastLogitsOnly: Bool { get }

  /// Whether ``evaluate(_:logitsAfter:branches:)`` is worth calling.
  var takesBranches: Bool { get }

  /// Evaluates tokens that follow those held, as ``evaluate(_:logitsAfter:)`` does, and in the same pass tokens that
  /// branch off the text, which are then dropped.
  ///
  /// - Parameters:
  ///   - tokens: A part of the text's tokens, which begins at the index ``heldCount``; empty where the branches alone
  ///     are to be evaluated.
  ///   - counts: The token counts of the text after which logits are needed, ascending, each within `tokens`.
  ///   - tree: The branches. They follow tokens that are held, or `tokens`.
  /// - Returns: The logits after the counts and after each node of the tree; `nil`, with nothing changed, where this
  ///   cannot be done at once. The tokens are then evaluated first; branches alone that cannot be evaluated besides
  ///   the text are evaluated one at a time in its stead.
  /// - Throws: As ``evaluate(_:logitsAfter:)`` does.
  mutating func evaluate(
    _ tokens: ArraySlice<TokenID>, logitsAfter counts: [Int], branches tree: TokenTree
  ) throws -> (rows: [Int: [Float]], nodes: [[Float]])?

  /// Prepares for the next evaluations.
  ///
  /// - Returns: A function that ends them early, with an error, from any thread.
  mutating func interruption() throws -> @Sendable () -> Void
}

extension TokenEvaluator {
  /// No cache.
  public var heldCount: Int { 0 }

  /// Nothing to drop.
  public mutating func keep(_ count: Int) {}

  /// The whole text is one pass.
  public var passStride: Int? { nil }

  /// All of them.
  public func longestPass(after held: Int, pending: Int) -> Int { pending }

  /// Logits after any token.
  public var givesLastLogitsOnly: Bool { false }

  /// Only the text itself.
  public var takesBranches: Bool { false }

  /// Not supported: `nil`.
  public mutating func evaluate(
    _ tokens: ArraySlice<TokenID>, logitsAfter counts: [Int], branches tree: TokenTree
  ) throws -> (rows: [Int: [Float]], nodes: [[Float]])? { nil }

  /// Evaluations run to their end; a session that is cancelled stops between two of them.
  public mutating func interruption() throws -> @Sendable () -> Void { {} }
}

/// An evaluator without a cache: a function from token ids to logits.
struct TokenFunction: TokenEvaluator {
  let logits: @Sendable (_ tokens: [TokenID]) throws -> [Float]

  func evaluate(_ tokens: ArraySlice<TokenID>, logitsAfter counts: [Int]) throws -> [Int: [Float]] {
    try counts.reduce(into: [:]) { rows, count in
      try Task.checkCancellation()
      rows[count] = try logits(Array(tokens[..<count]))
    }
  }
}
