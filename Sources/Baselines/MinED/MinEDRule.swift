public import Ensemble
internal import ModelBackends

/// MinED: every assistant token stands for the main model's token at minimum edit distance, and distributions are averaged
/// (the token alignment of FuseLLM, arXiv 2401.10491, as the DeePEn paper compares with it).
///
/// Distances are counted in bytes. Among equally near tokens the one with the longest common beginning is taken, then the
/// one with the lowest identifier.
public struct MinEDRule: EnsembleRule, Hashable {
  /// Makes the rule.
  public init() {}

  /// "MinED".
  public var name: String { "MinED" }

  /// Finds the nearest token of each assistant token.
  ///
  /// - Throws: `CancellationError`.
  /// - Complexity: A search of ``EditDistanceIndex`` for each assistant token that the main model lacks.
  public func fusion(
    for members: [Member], weights: [Float], progress: @escaping @Sendable (EnsembleProgress) -> Void
  ) throws -> any TokenFusion {
    let main = members[0].backend.vocabulary
    let index = EditDistanceIndex(main.textTokens.map { (token: $0, bytes: Array(main.bytes(of: $0))) })
    let assistants = members.dropFirst()
    let maps = try assistants.enumerated().map { place, member in
      let vocabulary = member.backend.vocabulary
      let activity = "matching the tokens of \(member.name)"
      return try MappedFusion.map(from: vocabulary, to: main) { token, bytes in
        if token.isMultiple(of: 256) {
          try Task.checkCancellation()
          let part = (Double(place) + Double(token) / Double(vocabulary.count)) / Double(assistants.count)
          progress(EnsembleProgress(activity: activity, fraction: part))
        }
        return index.nearest(to: Array(bytes))?.token
      }
    }
    progress(EnsembleProgress(activity: "tokens matched", fraction: 1))
    return MappedFusion(maps: maps, weights: weights)
  }
}

extension EnsembleRule where Self == MinEDRule {
  /// MinED: assistant tokens stand for the nearest main token by edit distance.
  public static var minED: MinEDRule { MinEDRule() }
}
