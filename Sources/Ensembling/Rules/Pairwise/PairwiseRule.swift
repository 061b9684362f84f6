public import Fusion
public import InverseSearch

/// Aligns each assistant with the main model alone: for three members or more. The results are combined in the main
/// model's vocabulary:
///
/// ```
/// rᵢ = pᵢ·R̂ᵢ
/// qᵢ = search from z_main toward rᵢ through the main model's R̂ of pair i
/// p′ ∝ combination(p_main, q₁, …)
/// ```
///
/// The anchors that all members share become few when there are more members; those of a pair do not.
public struct PairwiseRule: EnsembleRule {
  /// The alignment of a pair's vocabularies.
  package var alignment: any AlignmentRule
  /// The combination of the distributions over the main model's vocabulary.
  package var combination: any FusionRule
  /// The search that maps an assistant's distribution to the main model's vocabulary.
  package var search: any InverseSearch
  /// The change of the members' weights from step to step.
  package var weighting: any StepWeighting

  /// Creates the rule.
  package init(
    alignment: any AlignmentRule = BytePrefixAlignmentRule(), combination: any FusionRule = GeometricFusion(),
    search: any InverseSearch = EMSearch(), weighting: any StepWeighting = ConstantWeighting()
  ) {
    self.alignment = alignment
    self.combination = combination
    self.search = search
    self.weighting = weighting
  }

  /// "pairwise" with the names of its parts.
  public var name: String { "pairwise (\(alignment.name), \(combination.name), \(search.name))" }

  /// Aligns every assistant with the main model.
  ///
  /// - Throws: `InverseSearchError` for a search that cannot be used, and the errors of the alignment.
  public func fusion(
    for members: [Member], progress: @escaping @Sendable (EnsembleProgress) -> Void
  ) throws -> any TokenFusion {
    try search.validate()
    let assistants = members.dropFirst()
    let pairs = try assistants.enumerated().map { index, assistant in
      let aligned = try alignment.alignments(for: [members[0], assistant]) { report in
        let whole = (Double(index) + report.fraction) / Double(assistants.count)
        progress(EnsembleProgress(activity: report.activity, fraction: whole))
      }
      return try PairwiseFusion.Pair(main: aligned[0], assistant: aligned[1])
    }
    return PairwiseFusion(pairs: pairs, combination: combination, search: search, weighting: weighting)
  }
}

extension EnsembleRule where Self == PairwiseRule {
  /// Aligns each assistant with the main model through the tokens that those two share; by default by byte prefixes,
  /// combined geometrically.
  public static func pairwise(
    alignment: any AlignmentRule = BytePrefixAlignmentRule(), combination: any FusionRule = GeometricFusion(),
    search: any InverseSearch = EMSearch(), weighting: any StepWeighting = ConstantWeighting()
  ) -> PairwiseRule {
    PairwiseRule(alignment: alignment, combination: combination, search: search, weighting: weighting)
  }
}
