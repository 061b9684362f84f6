/// The tokens of a synthetic vocabulary that are shared with the other members' vocabularies.
///
/// Low identifiers are frequent tokens, as in tokenizers that are trained by merging. Shared tokens are spread evenly
/// among a member's own ones.
public struct TokenLayout: Codable, Sendable, Hashable {
  /// The number of tokens, V.
  public let vocabularyCount: Int
  /// The number of shared tokens, A.
  public let sharedCount: Int

  /// Lays out a vocabulary.
  ///
  /// - Precondition: `sharedCount` is from 1 to `vocabularyCount`.
  public init(vocabularyCount: Int, sharedCount: Int) {
    precondition((1...vocabularyCount).contains(sharedCount), "\(sharedCount) of \(vocabularyCount) tokens.")
    self.vocabularyCount = vocabularyCount
    self.sharedCount = sharedCount
  }

  /// The index of a shared token, the same for all members; `nil` for one that only this member has.
  public func sharedNumber(of token: Int) -> Int? {
    let number = token * sharedCount / vocabularyCount
    return (token + 1) * sharedCount / vocabularyCount > number ? number : nil
  }

  /// The token of a shared index.
  public func token(ofShared number: Int) -> Int {
    ((number + 1) * vocabularyCount + sharedCount - 1) / sharedCount - 1
  }

  /// The identifiers of the shared tokens, `[A]`.
  public var sharedTokens: [Int] { (0..<sharedCount).map(token) }

  /// The key of a token: the same for all members where it is shared.
  func key(of token: Int, member: Int) -> UInt64 {
    if let number = sharedNumber(of: token) { return UInt64(number) }
    return UInt64(member + 1) << 40 + UInt64(token)
  }
}
