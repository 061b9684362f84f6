public import Ensembling

extension RuleRegistry {
  /// The rules of this package.
  public static let standard = RuleRegistry([
    .standard, Entry(DeePEnRule.self), .bytePrefix, Entry(PairwiseRule.self), Entry(GaCRule.self),
    Entry(UniTERule.self), Entry(RescoringRule.self), Entry(MinEDRule.self),
  ])
}
