/// How far back a session looks for tokens that reach beyond the end of a text.
///
/// Where a text ends inside what a model would write as one longer token, the model's next-token distribution answers
/// another question: what follows after a token that it would not have written. Healing asks at the boundaries before
/// the end as well.
public struct TokenHealing: Sendable, Hashable {
  /// How many token boundaries before the end of the text are looked at; 0 for none.
  public var boundaries: Int

  /// Looks at so many boundaries before the end.
  ///
  /// - Precondition: `boundaries` is not negative.
  public init(boundaries: Int) {
    precondition(boundaries >= 0, "Healing cannot look \(boundaries) boundaries back.")
    self.boundaries = boundaries
  }

  /// Logits stay as the model gives them after the last token.
  public static let off = TokenHealing(boundaries: 0)

  /// Four boundaries. Two get most of what there is to get; open words of more tokens are rare.
  public static let standard = TokenHealing(boundaries: 4)
}
