public import Fusion

/// Any rule, with weights that change from answer to answer by how well each member predicts the prompt.
///
/// ```swift
/// let ensemble = try await Ensemble(main: atlas, assistants: [scholar], rule: .promptWeighted(.standard))
/// ```
///
/// Each member reads its prompt, which it has to do anyway, and scores the words, without those that its template marks
/// as markup. Weights are set once, before the first token. A model that knows the subject of a question tends to
/// predict its words; the weights use nothing else. Where the members differ in how well they predict any question,
/// give the usual figure of each.
///
/// Sessions that score while they read evaluate no token twice, but compute logits after every token of the prompt, not
/// only the last few: O(d·V) for each additional token. Others are asked for one token after the other, and their
/// backend needs a tokenizer.
public struct PromptWeightedRule: EnsembleRule {
  /// The rule that uses the weights.
  package var base: any EnsembleRule
  /// The conversion of a member's score to its weight.
  package var weighting: PerplexityWeighting
  /// The members' usual bits per byte of a prompt, by their names, which are subtracted; empty for none.
  package var usualBitsPerByte: [String: Double]
  /// The number of judged bytes of its prompt below which a member keeps its weight.
  package var minimumBytes: Int

  /// Creates the rule.
  package init(
    _ base: any EnsembleRule, weighting: PerplexityWeighting = PerplexityWeighting(),
    usualBitsPerByte: [String: Double] = [:], minimumBytes: Int = 16
  ) {
    self.base = base
    self.weighting = weighting
    self.usualBitsPerByte = usualBitsPerByte
    self.minimumBytes = minimumBytes
  }

  /// The base rule's name, "weighted by the prompt".
  public var name: String { "\(base.name), weighted by the prompt" }

  /// Prepares the base rule.
  ///
  /// - Throws: The base rule's errors, and ``EnsembleError`` with the code `invalidOptions` where usual figures are
  ///   given, but not for every member.
  public func fusion(
    for members: [Member], progress: @escaping @Sendable (EnsembleProgress) -> Void
  ) throws -> any TokenFusion {
    let usual = members.compactMap { usualBitsPerByte[$0.name] }
    guard usualBitsPerByte.isEmpty || usual.count == members.count, usual.allSatisfy(\.isFinite) else {
      throw EnsembleError(
        .invalidOptions,
        "usual bits per byte are known for \(usual.count) of the members "
          + "\(members.map(\.name).joined(separator: ", "))",
        remedy: "Give a finite number for each member, by its name, or none at all.")
    }
    return PromptWeightedFusion(
      try base.fusion(for: members, progress: progress), weighting: weighting, usualBitsPerByte: usual,
      minimumBytes: minimumBytes)
  }
}

extension EnsembleRule where Self == PromptWeightedRule {
  /// A rule with weights computed from how well each member predicts the prompt.
  public static func promptWeighted(
    _ base: any EnsembleRule, weighting: PerplexityWeighting = PerplexityWeighting(),
    usualBitsPerByte: [String: Double] = [:]
  ) -> PromptWeightedRule {
    PromptWeightedRule(base, weighting: weighting, usualBitsPerByte: usualBitsPerByte)
  }
}
