public import Fusion
public import InverseSearch

/// Fusion in the relative space, in all its variants: an alignment, a combination, a search.
///
/// With all defaults it is the published rule (arXiv 2404.12715).
public struct DeePEnRule: EnsembleRule {
  /// The alignment of the vocabularies.
  package var alignment: any AlignmentRule
  /// The combination of relative distributions.
  package var combination: any FusionRule
  /// The search for the main model's closest distribution.
  package var search: any InverseSearch
  /// The change of the members' weights from step to step.
  package var weighting: any StepWeighting
  /// The precision of a step.
  package var precision: StepPrecision

  /// Creates the rule; the defaults are the published settings.
  package init(
    alignment: any AlignmentRule = CosineAlignmentRule(), combination: any FusionRule = MeanFusion(),
    search: any InverseSearch = AdamWSearch(), weighting: any StepWeighting = ConstantWeighting(),
    precision: StepPrecision = .likelyTokens
  ) {
    self.alignment = alignment
    self.combination = combination
    self.search = search
    self.weighting = weighting
    self.precision = precision
  }

  /// "DeePEn" with the names of its parts.
  public var name: String {
    let parts = [alignment.name, combination.name, search.name]
    let weighted = weighting.isConstant ? parts : parts + [weighting.name]
    return "DeePEn (\(weighted.joined(separator: ", ")))"
  }

  /// Computes the members' alignments.
  ///
  /// - Throws: `InverseSearchError` for a search that cannot be used, and the errors of the alignment.
  public func fusion(
    for members: [Member], progress: @escaping @Sendable (EnsembleProgress) -> Void
  ) throws -> any TokenFusion {
    try search.validate()
    return try DeePEnFusion(
      alignments: try alignment.alignments(for: members, progress: progress), combination: combination,
      search: search, weighting: weighting, precision: precision)
  }
}

extension EnsembleRule where Self == DeePEnRule {
  /// The published rule with its published settings: cosine alignment, weighted mean, AdamW with η 0.15 and T 5.
  public static var published: DeePEnRule { DeePEnRule() }

  /// Fusion in the space of shared byte strings: every member's distribution of the next text is combined, and the main
  /// model's distribution is moved all the way to the result. It needs no embeddings.
  public static func bytePrefix(
    combination: any FusionRule = GeometricFusion(), weighting: any StepWeighting = ConstantWeighting()
  ) -> DeePEnRule {
    DeePEnRule(
      alignment: BytePrefixAlignmentRule(), combination: combination, search: EMSearch(), weighting: weighting)
  }

  /// Fusion in the relative space; the defaults are the published settings. With `precision: .exact` a step uses all
  /// tokens.
  public static func deepen(
    alignment: any AlignmentRule = CosineAlignmentRule(), combination: any FusionRule = MeanFusion(),
    search: any InverseSearch = AdamWSearch(), weighting: any StepWeighting = ConstantWeighting(),
    precision: StepPrecision = .likelyTokens
  ) -> DeePEnRule {
    DeePEnRule(
      alignment: alignment, combination: combination, search: search, weighting: weighting, precision: precision)
  }
}
