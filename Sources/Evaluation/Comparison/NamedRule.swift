import Baselines
public import Ensemble
import Fusion
import InverseSearch
import ModelBackends
import RelativeSpace

/// A rule by its name on a command line, with settings to choose from: `deepen:rate=0.3|0.5,steps=10,weights=adaptive`.
public struct NamedRule: Sendable {
  /// One way to set the rule up.
  public struct Variant: Sendable {
    /// The name with these settings.
    public var label: String
    /// The rule; `nil` where finished answers of the members alone are combined.
    public var rule: (any EnsembleRule)?
    /// How finished answers are combined, those of the members and, with a rule, the ensemble's; `nil` for the ensemble's
    /// own answer.
    public var answers: AnswerCombination?
    /// How the members count.
    public var weights: Weights

    /// The rule, where nothing else is done with its answers.
    ///
    /// - Throws: ``EvaluationError`` where finished answers are combined, which have no distributions.
    public func tokenRule() throws -> any EnsembleRule {
      guard let rule, answers == nil else {
        throw EvaluationError(
          .unknownRule, "\(label) combines finished answers", remedy: "Name a rule that fuses tokens, such as prefix.")
      }
      return rule
    }
  }

  /// How members count.
  public enum Weights: Sendable, Hashable {
    /// All the same.
    case average
    /// In proportion to their development scores (DeePEn-Adapt).
    case adaptive
    /// As given, the main model first.
    case fixed([Float])
  }

  /// A rule that can be named.
  public struct Entry: Sendable {
    /// The name.
    public var name: String
    /// What it is.
    public var summary: String
    /// Its settings, with what they are when not given.
    public var settings: [(name: String, standard: String)]
  }

  /// The text that was read.
  public let text: String
  /// All combinations of the settings.
  public let variants: [Variant]

  /// Reads a rule's name and settings. Values that are separated by `|` are all tried.
  ///
  /// - Throws: ``EvaluationError`` with the names that there are.
  public init(_ text: String) throws {
    self.text = text
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    guard let name = parts.first, let entry = Self.all.first(where: { $0.name == name }) else {
      throw EvaluationError(
        .unknownRule, "There is no rule \(text)",
        remedy: "Choose from \(Self.all.map(\.name).joined(separator: ", ")).")
    }
    let pairs = parts.count > 1 ? parts[1].split(separator: ",").map(String.init) : []
    var combinations: [[(name: String, value: String)]] = [[]]
    for pair in pairs {
      let sides = pair.split(separator: "=", maxSplits: 1).map(String.init)
      guard sides.count == 2, entry.settings.contains(where: { $0.name == sides[0] }) else {
        throw EvaluationError(
          .unknownRule, "\(pair) is no setting of \(name)",
          remedy: "Its settings are \(entry.settings.map { "\($0.name)=\($0.standard)" }.joined(separator: ", ")).")
      }
      let values = sides[1].split(separator: "|").map(String.init)
      combinations = combinations.flatMap { known in values.map { known + [(sides[0], $0)] } }
    }
    variants = try combinations.map { given in
      var settings = Settings(rule: name, values: entry.settings)
      for (key, value) in given { settings.values[key] = value }
      let label = ([name] + given.map { "\($0.name)=\($0.value)" }).joined(separator: " ")
      let answers = try settings.answers()
      return Variant(
        label: label, rule: answers == nil ? try Self.rule(name, settings) : try settings.companion(), answers: answers,
        weights: try settings.weights())
    }
  }

  /// Settings of rules with anchors.
  private static let anchoring = [
    ("anchors", "all"), ("choose", "lowest"), ("seed", "1"), ("text", "none"), ("side", "input"),
    ("temperature", "100"), ("normalise", "yes"), ("storage", "automatic"),
    ("cache", "on"),
  ]

  /// Settings of rules with weights.
  private static let weighing = [("by", "constant"), ("beta", "none"), ("usual", "none"), ("weights", "average")]

  /// The rules that can be named.
  public static let all: [Entry] = [
    Entry(
      name: "deepen", summary: "the published rule: relative space, mean, AdamW (arXiv 2404.12715), and its variants",
      settings: [
        ("align", "cosine"), ("combine", "mean"), ("search", "adamw"), ("rate", "0.15"), ("steps", "5"), ("gamma", "1"),
        ("precision", "likely"),
      ] + anchoring + weighing),
    Entry(
      name: "prefix", summary: "fusion in shared byte prefixes: no embeddings, moved all the way",
      settings: [("combine", "geometric")] + weighing),
    Entry(
      name: "pairwise", summary: "each assistant meets the main model alone: for three members or more",
      settings: [
        ("align", "prefix"), ("combine", "geometric"), ("search", "em"), ("rate", "0.15"), ("steps", "1"),
        ("gamma", "1"),
      ] + anchoring + weighing),
    Entry(
      name: "gac",
      summary: "the mean over the union of the vocabularies (arXiv 2406.12585), always or below a threshold",
      settings: [("threshold", "none")] + weighing),
    Entry(
      name: "unite", summary: "the mean over the union of each member's k likeliest tokens (arXiv 2410.03777)",
      settings: [("k", "10")] + weighing),
    Entry(
      name: "rescore", summary: "the main model's likeliest tokens, scored by the assistants as text",
      settings: [("candidates", "20"), ("combine", "geometric")] + weighing),
    Entry(
      name: "mined", summary: "assistant tokens stand for the nearest main token by edit distance (arXiv 2401.10491)",
      settings: weighing),
    Entry(
      name: "voting", summary: "the answer that most members give; with=RULE: and an ensemble under that rule",
      settings: [("form", "line"), ("with", "none"), ("weights", "average")]),
    Entry(
      name: "mbr",
      summary: "the answer that is most like the other members' (minimum Bayes risk); with=RULE as for voting",
      settings: [("similarity", "chrF"), ("with", "none"), ("weights", "average")]),
    Entry(
      name: "rank",
      summary:
        "the answer that the members rank first (after arXiv 2306.02561); with=RULE: the ensemble reads the best",
      settings: [("by", "likelihood"), ("best", "3"), ("with", "none"), ("weights", "average")]),
  ]

  private static func rule(_ name: String, _ settings: Settings) throws -> any EnsembleRule {
    let base = try unweighed(name, settings)
    return try settings.weighedByPrompt(base) ?? base
  }

  /// The rule, with weights that do not depend on the prompt.
  private static func unweighed(_ name: String, _ settings: Settings) throws -> any EnsembleRule {
    switch name {
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

  /// Settings as texts, read as what they mean.
  struct Settings {
    let rule: String
    var values: [String: String]

    init(rule: String, values: [(name: String, standard: String)]) {
      self.rule = rule
      self.values = Dictionary(uniqueKeysWithValues: values.map { ($0.name, $0.standard) })
    }

    func number(_ name: String) throws -> Float {
      guard let value = values[name].flatMap(Float.init), value.isFinite, value >= 0 else {
        throw wrong(name, "a number of 0 or more")
      }
      return value
    }

    func count(_ name: String) throws -> Int {
      guard let value = values[name].flatMap({ Int($0) }), value > 0 else { throw wrong(name, "a number of 1 or more") }
      return value
    }

    func alignment() throws -> any AlignmentRule {
      let anchors = try anchors()
      let side = try choice("side", ["input": EmbeddingSide.input, "output": .output])
      let cosine = CosineAlignmentRule(
        anchors: anchors, side: side,
        options: CosineAlignment.Options(
          temperature: try number("temperature"),
          normalisesRows: try choice("normalise", ["yes": true, "no": false])),
        storage: try named("storage"), cache: try choice("cache", ["on": .standard, "off": nil]))
      return try choice(
        "align",
        [
          "cosine": cosine as any AlignmentRule, "prefix": BytePrefixAlignmentRule(anchors: anchors),
          "exact": ExactMatchAlignmentRule(cosine: cosine),
        ])
    }

    func combination() throws -> any FusionRule {
      try choice("combine", ["mean": MeanFusion() as any FusionRule, "geometric": GeometricFusion()])
    }

    func search() throws -> any InverseSearch {
      let steps = values["steps"] == "0" ? 0 : try count("steps")
      let rate = try number("rate")
      return try choice(
        "search",
        [
          "adamw": AdamWSearch(rate: rate, steps: steps) as any InverseSearch,
          "gradient": GradientSearch(rate: rate, steps: steps),
          "em": EMSearch(steps: steps, exponent: try number("gamma")),
        ])
    }

    func answers() throws -> AnswerCombination? {
      switch rule {
      case "voting": return .voting(try named("form"))
      case "mbr": return .minimumBayesRisk(try named("similarity"))
      case "rank": return .rank(try named("by"), best: values["best"] == "none" ? nil : try count("best"))
      default: return nil
      }
    }

    /// The rule, with its settings as they come, of the ensemble whose answer is combined with the members'.
    func companion() throws -> (any EnsembleRule)? {
      guard let name = values["with"], name != "none" else { return nil }
      guard let entry = NamedRule.all.first(where: { $0.name == name }),
        !entry.settings.contains(where: { $0.name == "with" })
      else { throw wrong("with", "none or a rule that fuses tokens, without settings") }
      return try NamedRule.rule(name, Settings(rule: name, values: entry.settings))
    }

    func weights() throws -> Weights {
      switch values["weights"] {
      case "average": return .average
      case "adaptive": return .adaptive
      default:
        let numbers = (values["weights"] ?? "").split(separator: "/").map { Float($0) }
        let known = numbers.compactMap(\.self)
        guard !known.isEmpty, known.count == numbers.count else {
          throw wrong("weights", "average, adaptive or numbers with slashes, such as 0.7/0.3")
        }
        return .fixed(known)
      }
    }

    func named<Value: CaseIterable & RawRepresentable<String>>(_ name: String) throws -> Value {
      try choice(name, Dictionary(uniqueKeysWithValues: Value.allCases.map { ($0.rawValue, $0) }))
    }

    func choice<Value>(_ name: String, _ choices: [String: Value]) throws -> Value {
      guard let value = values[name].flatMap({ choices[$0] }) else {
        throw wrong(name, choices.keys.sorted().joined(separator: ", "))
      }
      return value
    }

    func wrong(_ name: String, _ wanted: String) -> EvaluationError {
      EvaluationError(
        .unknownRule, "\(name)=\(values[name] ?? "") cannot be used with \(rule)", remedy: "It is \(wanted).")
    }
  }
}
