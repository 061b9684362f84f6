public import Ensembling
internal import ModelBackends

/// UniTE: the mean over the union of each member's k likeliest tokens (Yao and others, arXiv 2410.03777).
///
/// Tokens with the same bytes are one, and so are the members' ends of generation. A member scores a token of the union
/// that it does not have by the first token of its own tokenisation of it. Each member's scores are normalised to a
/// distribution over the union and averaged with its weight.
///
/// The paper's members all read the chosen token of the union. Here answers are written in the main model's tokens: a
/// token of the union that it lacks is replaced by the first one of its tokenisation. Tokens outside the union keep the
/// main model's probability, so that given texts can be scored; they are shrunk where one of them would otherwise be
/// chosen, which the paper rules out.
public struct UniTERule: EnsembleRule, Hashable {
  /// k, the number of each member's likeliest tokens in the union.
  package var topK: Int

  /// Creates the rule; the paper's k is 10.
  package init(topK: Int = 10) {
    self.topK = topK
  }

  /// "UniTE" with k.
  public var name: String { "UniTE (k \(topK))" }

  /// Prepares the members' vocabularies.
  ///
  /// - Throws: `EnsembleError` with the code `invalidOptions` where k is below 1, and `RelativeSpaceError` where an
  ///   assistant shares no token with the main model.
  public func fusion(
    for members: [Member], progress: @escaping @Sendable (EnsembleProgress) -> Void
  ) throws -> any TokenFusion {
    guard topK > 0 else {
      throw EnsembleError(.invalidOptions, "a union of \(topK) tokens is none", remedy: "Use a k of 1 or more.")
    }
    try members.checkThatTokensAreShared()
    return UniTEFusion(backends: members.map(\.backend), topK: topK)
  }
}

extension EnsembleRule where Self == UniTERule {
  /// UniTE (arXiv 2410.03777): the mean over the union of each member's likeliest tokens.
  public static func unite(topK: Int = 10) -> UniTERule { UniTERule(topK: topK) }
}
