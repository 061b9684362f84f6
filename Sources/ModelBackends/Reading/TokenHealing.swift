/// The distance that a session looks back for tokens that extend beyond the end of a text.
///
/// Where a text ends inside a string that a model would write as one longer token, the model's next-token distribution
/// answers another question: the continuation after a token that it would not have written. Healing evaluates the
/// boundaries before the end as well.
public struct TokenHealing: Sendable, Hashable {
  /// The number of token boundaries examined before the end of the text; 0 disables healing.
  public var boundaries: Int

  /// Sets the number of boundaries before the end.
  ///
  /// - Precondition: `boundaries` is not negative.
  public init(boundaries: Int) {
    precondition(boundaries >= 0, "Healing cannot look \(boundaries) boundaries back.")
    self.boundaries = boundaries
  }

  /// Leaves the model's logits after the last token unchanged.
  public static let off = TokenHealing(boundaries: 0)

  /// Four boundaries. Two recover most of the effect; unfinished words of more tokens are rare.
  public static let standard = TokenHealing(boundaries: 4)
}
