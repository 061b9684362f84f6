public import Fusion
public import InverseSearch

/// Fusion in the relative space, in all its variants: an alignment, a combination, a search.
///
/// With everything left out it is the published rule (arXiv 2404.12715).
public struct DeePEnRule: EnsembleRule {
  /// How vocabularies meet.
  public var alignment: any AlignmentRule
  /// How relative distributions become one.
  public var combination: any FusionRule
  /// How the main model's distribution is found that lies closest.
  public var search: any InverseSearch
  /// How the members' weights change from step to step.
  public var weighting: any StepWeighting

  /// Makes the rule; the settings not given are the published ones.
  public init(
    alignment: any AlignmentRule = CosineAlignmentRule(), combination: any FusionRule = MeanFusion(),
    search: any InverseSearch = AdamWSearch(), weighting: any StepWeighting = ConstantWeighting()
  ) {
    self.alignment = alignment
    self.combination = combination
    self.search = search
    self.weighting = weighting
  }

  /// "DeePEn" with what is not as published.
  public var name: String { "DeePEn" }

  /// Aligns the members.
  ///
  /// - Throws: What ``alignment`` throws.
  public func fusion(
    for members: [Member], weights: [Float], progress: @escaping @Sendable (EnsembleProgress) -> Void
  ) throws -> any TokenFusion {
    DeePEnFusion(
      alignments: try alignment.alignments(for: members, progress: progress), weights: weights,
      combination: combination, search: search, weighting: weighting)
  }
}

extension EnsembleRule where Self == DeePEnRule {
  /// The published rule with its published settings: cosine alignment, weighted mean, AdamW with η 0.15 and T 5.
  public static var published: DeePEnRule { DeePEnRule() }

  /// Fusion in the relative space; the settings not given are the published ones.
  public static func deepen(
    alignment: any AlignmentRule = CosineAlignmentRule(), combination: any FusionRule = MeanFusion(),
    search: any InverseSearch = AdamWSearch(), weighting: any StepWeighting = ConstantWeighting()
  ) -> DeePEnRule {
    DeePEnRule(alignment: alignment, combination: combination, search: search, weighting: weighting)
  }
}
