public import Fusion

/// Any rule, under weights that change from answer to answer by how well each member predicts the prompt.
///
/// ```swift
/// let ensemble = try await Ensemble(main: atlas, assistants: [scholar], rule: .weighedByPrompt(.standard))
/// ```
///
/// Each member reads its prompt, which it has to do anyway, and is asked how likely it finds the words, without those that
/// its template marks as markup. Weights are set once, before the first token. A model that knows what it is asked about
/// tends to expect the words of the question; that is all this goes by. Where the members differ in how well they expect any
/// question, say what each one usually needs.
///
/// Sessions that score while they read evaluate no token twice, but make logits after every token of the prompt, not the
/// last few: O(d·V) for each token more. Others are asked for one token after the other, and their backend needs a tokenizer.
public struct PromptWeightedRule: EnsembleRule {
  /// The rule that uses the weights.
  public var base: any EnsembleRule
  /// How a member's score becomes its weight.
  public var weighting: PerplexityWeighting
  /// The members' usual bits per byte of a prompt, by their names, which are subtracted; empty for none.
  public var usualBitsPerByte: [String: Double]
  /// A member whose prompt has fewer bytes that can be judged keeps its weight.
  public var minimumBytes: Int

  /// Makes the rule.
  public init(
    _ base: any EnsembleRule, weighting: PerplexityWeighting = PerplexityWeighting(),
    usualBitsPerByte: [String: Double] = [:], minimumBytes: Int = 16
  ) {
    self.base = base
    self.weighting = weighting
    self.usualBitsPerByte = usualBitsPerByte
    self.minimumBytes = minimumBytes
  }

  /// The base rule's name, "weighed by the prompt".
  public var name: String { "\(base.name), weighed by the prompt" }

  /// Prepares the base rule.
  ///
  /// - Throws: What the base rule throws, and ``EnsembleError`` with the code `invalidOptions` where usual figures are given,
  ///   but not for every member.
  public func fusion(
    for members: [Member], progress: @escaping @Sendable (EnsembleProgress) -> Void
  ) throws -> any TokenFusion {
    let usual = members.compactMap { usualBitsPerByte[$0.name] }
    guard usualBitsPerByte.isEmpty || usual.count == members.count, usual.allSatisfy(\.isFinite) else {
      throw EnsembleError(
        .invalidOptions,
        "usual bits per byte are known for \(usual.count) of the members \(members.map(\.name).joined(separator: ", "))",
        remedy: "Give a finite number for each member, by its name, or none at all.")
    }
    return PromptWeightedFusion(
      try base.fusion(for: members, progress: progress), weighting: weighting, usualBitsPerByte: usual,
      minimumBytes: minimumBytes)
  }
}

extension EnsembleRule where Self == PromptWeightedRule {
  /// A rule with weights by how well each member predicts the prompt.
  public static func weighedByPrompt(
    _ base: any EnsembleRule, weighting: PerplexityWeighting = PerplexityWeighting(),
    usualBitsPerByte: [String: Double] = [:]
  ) -> PromptWeightedRule {
    PromptWeightedRule(base, weighting: weighting, usualBitsPerByte: usualBitsPerByte)
  }
}
