import Baselines
import Ensembling
import Fusion
import InverseSearch
import ModelBackends
import RelativeSpace

/// A rule by its name on a command line, with settings to choose from: `deepen:rate=0.3|0.5,steps=10,weights=adaptive`.
///
/// Whatever would be ignored is refused: a setting that the rule does not have, that is given twice, or that has no
/// effect beside the others.
public struct NamedRule: Sendable {
  /// The name of the rule that an ensemble has when none is named, `.standard` in Swift.
  public static let standardName = "standard"

  /// A rule that can be named.
  public struct Entry: Sendable {
    /// The name.
    public var name: String
    /// What it is.
    public var summary: String
    /// Its settings, with what they are when not given.
    public var settings: [Setting]
  }

  /// The text that was read.
  public let text: String
  /// All combinations of the settings.
  public let variants: [Variant]

  /// Reads a rule's name and settings. Values that are separated by `|` are all tried.
  ///
  /// - Throws: ``EvaluationError`` with the code `unknownRule` that says what there is to choose from.
  public init(_ text: String) throws {
    self.text = text
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let entry = Self.all.first(where: { $0.name == parts[0] }) else {
      throw EvaluationError(
        .unknownRule, "There is no rule \(text.isEmpty ? "without a name" : text)",
        remedy: "Choose from \(Self.all.map(\.name).joined(separator: ", ")).")
    }
    let combinations = try parts.count > 1 ? entry.combinations(of: parts[1]) : [[]]
    variants = try combinations.map { given in
      var settings = Settings(entry)
      for (key, value) in given { settings.values[key] = value }
      let label = ([entry.name] + given.map { "\($0.name)=\($0.value)" }).joined(separator: " ")
      let answers = try settings.answers()
      return Variant(
        label: label, rule: answers == nil ? try Self.rule(entry.name, settings) : try settings.companion(),
        answers: answers, weights: try settings.weights())
    }
  }

  /// The variant, where there is only one.
  ///
  /// - Throws: ``EvaluationError`` with the code `unknownRule` where settings have several values.
  public func only() throws -> Variant {
    guard variants.count == 1 else {
      throw EvaluationError(
        .unknownRule, "\(text) names \(variants.count) rules, and one is needed", remedy: "Give each setting one value."
      )
    }
    return variants[0]
  }

  /// The rules that can be named.
  public static let all: [Entry] = [
    Entry(
      name: standardName, summary: "what an ensemble does when no rule is named: pairwise with its own settings",
      settings: Setting.weighing(inSteps: true)),
    Entry(
      name: "deepen", summary: "the published rule: relative space, mean, AdamW (arXiv 2404.12715), and its variants",
      settings: Setting.aligning("cosine") + [.combination("mean")] + Setting.searching("adamw", steps: 5)
        + [.choice("precision", "likely", ["likely", "exact"])] + Setting.anchoring
        + Setting.weighing(inSteps: true)),
    Entry(
      name: "prefix", summary: "fusion in shared byte prefixes: no embeddings, moved all the way",
      settings: [.combination("geometric")] + Setting.weighing(inSteps: true)),
    Entry(
      name: "pairwise", summary: "each assistant meets the main model alone, in byte prefixes unless told otherwise",
      settings: Setting.aligning("prefix") + [.combination("geometric")] + Setting.searching("em", steps: 1)
        + Setting.anchoring + Setting.weighing(inSteps: true)),
    Entry(
      name: "gac",
      summary: "the mean over the union of the vocabularies (arXiv 2406.12585), always or below a threshold",
      settings: [.number("threshold", "none", 0...1, or: ["none"])] + Setting.weighing(inSteps: false)),
    Entry(
      name: "unite", summary: "the mean over the union of each member's k likeliest tokens (arXiv 2410.03777)",
      settings: [.count("k", "10")] + Setting.weighing(inSteps: false)),
    Entry(
      name: "rescore", summary: "the main model's likeliest tokens, scored by the assistants as text",
      settings: [.count("candidates", "20"), .combination("geometric")] + Setting.weighing(inSteps: false)),
    Entry(
      name: "mined", summary: "assistant tokens stand for the nearest main token by edit distance (arXiv 2401.10491)",
      settings: Setting.weighing(inSteps: false)),
    Entry(
      name: "voting", summary: "the answer that most members give; with=RULE: and an ensemble under that rule",
      settings: [.choice("form", "line", AnswerForm.self)] + Setting.accompanying),
    Entry(
      name: "mbr",
      summary: "the answer that is most like the other members' (minimum Bayes risk); with=RULE as for voting",
      settings: [.choice("similarity", "chrF", TextSimilarity.self)] + Setting.accompanying),
    Entry(
      name: "rank",
      summary:
        "the answer that the members rank first (after arXiv 2306.02561); with=RULE: the ensemble reads the best",
      settings: [
        .choice("by", "likelihood", AnswerCombination.Ranking.self), .count("best", "3", or: ["none"]),
      ] + Setting.accompanying),
  ]

  /// A rule that fuses tokens, by its name.
  static func fusing(_ name: String) -> Entry? {
    all.first { $0.name == name && !$0.settings.contains { $0.name == "with" } }
  }

  static func rule(_ name: String, _ settings: Settings) throws -> any EnsembleRule {
    let base = try unweighed(name, settings)
    return try settings.weighedByPrompt(base) ?? base
  }

  /// The rule, with weights that do not depend on the prompt.
  private static func unweighed(_ name: String, _ settings: Settings) throws -> any EnsembleRule {
    switch name {
    case standardName:
      let weighting = try settings.weighting()
      return weighting.isConstant ? StandardRule() : PairwiseRule(weighting: weighting)
    case "deepen":
      return DeePEnRule(
        alignment: try settings.alignment(), combination: try settings.combination(), search: try settings.search(),
        weighting: try settings.weighting(),
        precision: try settings.choice("precision", ["likely": StepPrecision.likelyTokens, "exact": .exact]))
    case "prefix":
      return DeePEnRule.bytePrefix(combination: try settings.combination(), weighting: try settings.weighting())
    case "pairwise":
      return PairwiseRule(
        alignment: try settings.alignment(), combination: try settings.combination(), search: try settings.search(),
        weighting: try settings.weighting())
    case "gac":
      return GaCRule(threshold: settings.values["threshold"] == "none" ? nil : try settings.number("threshold"))
    case "rescore":
      return RescoringRule(candidates: try settings.count("candidates"), combination: try settings.combination())
    case "unite": return UniTERule(topK: try settings.count("k"))
    default: return MinEDRule()
    }
  }
}
