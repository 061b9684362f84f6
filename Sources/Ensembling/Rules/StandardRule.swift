extension EnsembleRule where Self == PairwiseRule {
  /// What an ensemble does when no rule is named: each assistant meets the main model in the byte strings that they share,
  /// and their distributions are multiplied.
  ///
  /// Of the rules that were measured on the bundled models with equal weights it finds right answers likeliest for two of
  /// three main models; some answer a few more questions (`Documentation/Evaluation.md`). It needs no embeddings, takes no
  /// settings but weights, and costs O(V) a step.
  public static var standard: PairwiseRule { PairwiseRule() }
}
