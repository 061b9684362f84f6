internal import Fusion

// The settings that several rules share. `RuleSettings+Parts.swift` interprets them.

extension RuleSetting {
  /// The combination of relative distributions.
  static func combination(default standard: String) -> RuleSetting {
    .choice("combine", default: standard, of: ["mean", "geometric"])
  }

  /// The alignment of the vocabularies, and its anchors.
  static func alignment(default standard: String) -> [RuleSetting] {
    let needsCosine = "with align=cosine or align=exact"
    return [.choice("align", default: standard, of: ["cosine", "prefix", "exact"])] + anchors + [
      .choice("side", default: "input", of: ["input", "output"]).counting(needsCosine) { $0.usesCosines },
      .number("temperature", default: 100, in: .leastNormalMagnitude...(.greatestFiniteMagnitude))
        .counting(needsCosine) { $0.usesCosines },
      .choice("normalise", default: "yes", of: ["yes", "no"]).counting(needsCosine) { $0.usesCosines },
      .choice("storage", default: "automatic", of: ["automatic", "dense", "factored"])
        .counting(needsCosine) { $0.usesCosines },
      .choice("cache", default: "on", of: ["on", "off"]).counting("with cosines that are not kept whole") {
        $0.usesCosines && $0.word("storage") != "dense"
      },
    ]
  }

  /// The selection of anchors from the shared tokens.
  private static var anchors: [RuleSetting] {
    [
      .count("anchors", default: "all", or: ["all"]),
      .choice(
        "choose", default: "lowest",
        of: ["lowest", "longest", "random", "farthest", "kmeans", "consistent", "frequent"]
      ).counting("with a number of anchors") { $0.word("anchors") != "all" },
      .count("seed", default: 1, from: 0).counting(
        "with anchors that are chosen by random, farthest, kmeans or consistent"
      ) {
        $0.word("anchors") != "all" && ["random", "farthest", "kmeans", "consistent"].contains($0.word("choose"))
      },
      .text("text", allowed: "a file whose tokens are counted").counting(
        "with anchors that are chosen by choose=frequent"
      ) { $0.word("anchors") != "all" && $0.word("choose") == "frequent" },
    ]
  }

  /// The search for the main model's distribution.
  static func search(default standard: String, steps: Int) -> [RuleSetting] {
    [
      .choice("search", default: standard, of: ["adamw", "gradient", "em"]),
      .number("rate", default: 0.15).counting("with search=adamw or search=gradient") { $0.word("search") != "em" },
      .count("steps", default: .number(Double(steps)), from: 0),
      .number("gamma", default: 1, in: 0...1).counting("with search=em") { $0.word("search") == "em" },
    ]
  }

  /// The change of weights from step to step. A rule with these settings uses ``RuleSettings/weighting``.
  package static var stepWeighting: [RuleSetting] {
    [
      .choice("by", default: "constant", of: ["constant", "entropy", "margin", "agreement"]),
      beta.counting("with by=entropy") { $0.word("by") == "entropy" },
    ]
  }

  /// The settings of all rules: weights computed from the prompt, and weights of the members.
  ///
  /// - Parameter inSteps: Whether the rule's weights can also change from step to step.
  static func memberWeighting(inSteps: Bool) -> [RuleSetting] {
    let choices = ["constant", "perplexity"] + (inSteps ? ["entropy", "margin", "agreement"] : [])
    return [
      .choice("by", default: "constant", of: choices),
      beta.counting("with by=perplexity or by=entropy") { ["perplexity", "entropy"].contains($0.word("by")) },
      usual.counting("with by=perplexity") { $0.word("by") == "perplexity" }, weights,
    ]
  }

  private static var beta: RuleSetting { .number("beta", default: "none", or: ["none"]) }

  /// The members' usual bits per byte of a prompt.
  private static let usual = RuleSetting(
    "usual", standard: "none",
    allowed: "none, or members and their bits a byte, such as atlas:1.7/scholar:1.9, each once"
  ) { value in
    switch value {
    case "none": return value
    case .word(let text): return SettingValue.table(in: text).flatMap(usable)
    case .table(let table): return usable(table)
    default: return nil
    }
  }

  private static func usable(_ table: [String: Double]) -> SettingValue? {
    table.values.allSatisfy { $0.isFinite && $0 >= 0 } ? .table(table) : nil
  }

  /// The members' weights.
  package static let weights = RuleSetting(
    "weights", standard: "average",
    allowed: "average, adaptive, or numbers of 0 or more with slashes, not all 0, such as 0.7/0.3"
  ) { value in
    switch value {
    case "average", "adaptive": return value
    case .word(let text): return SettingValue.numbers(in: text).flatMap(usable)
    case .numbers(let numbers): return usable(numbers)
    default: return nil
    }
  }

  private static func usable(_ numbers: [Double]) -> SettingValue? {
    guard numbers.count > 1 else { return nil }
    let isUsable = (try? MemberWeights.check(numbers.map { Float($0) }, memberCount: numbers.count)) != nil
    return isUsable ? .numbers(numbers) : nil
  }
}
