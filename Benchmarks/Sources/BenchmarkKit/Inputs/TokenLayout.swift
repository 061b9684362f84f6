/// Which tokens of a made-up vocabulary are shared with the other members' vocabularies.
///
/// Low identifiers are frequent tokens, as tokenizers that are trained by merging give them. Shared tokens lie evenly among
/// a member's own ones.
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

  /// The number under which all members know a token; `nil` for one that only this member has.
  public func sharedNumber(of token: Int) -> Int? {
    let number = token * sharedCount / vocabularyCount
    return (token + 1) * sharedCount / vocabularyCount > number ? number : nil
  }

  /// The token that a shared number has here.
  public func token(ofShared number: Int) -> Int {
    ((number + 1) * vocabularyCount + sharedCount - 1) / sharedCount - 1
  }

  /// The identifiers of the shared tokens, `[A]`.
  public var sharedTokens: [Int] { (0..<sharedCount).map(token) }

  /// What a token is known by: the same for all members where it is shared.
  func key(of token: Int, member: Int) -> UInt64 {
    if let number = sharedNumber(of: token) { return UInt64(number) }
    return UInt64(member + 1) << 40 + UInt64(token)
  }
}
