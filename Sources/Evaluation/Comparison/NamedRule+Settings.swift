internal import Baselines
internal import Ensembling
internal import Fusion
internal import InverseSearch
internal import ModelBackends
internal import RelativeSpace

extension NamedRule {
  /// Settings as texts, read as what they mean.
  struct Settings {
    let rule: String
    var values: [String: String]

    /// What a rule's settings are when none is given.
    init(_ entry: Entry) {
      rule = entry.name
      values = Dictionary(uniqueKeysWithValues: entry.settings.map { ($0.name, $0.standard) })
    }

    func number(_ name: String) throws -> Float {
      guard let value = values[name].flatMap(Float.init), value.isFinite, value >= 0 else {
        throw wrong(name, "a number of 0 or more")
      }
      return value
    }

    func count(_ name: String, from first: Int = 1) throws -> Int {
      guard let value = values[name].flatMap({ Int($0) }), value >= first else {
        throw wrong(name, "a whole number of \(first) or more")
      }
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
      let steps = try count("steps", from: 0)
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
      guard let entry = values["with"].flatMap(NamedRule.fusing) else { return nil }
      return try NamedRule.rule(entry.name, Settings(entry))
    }

    func weights() throws -> Weights {
      switch values["weights"] {
      case "average": return .average
      case "adaptive": return .adaptive
      default:
        guard let known = values["weights"].flatMap(Setting.numbers) else {
          throw wrong("weights", Setting.weights.allowed)
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

extension NamedRule.Entry {
  /// What the text after a rule's colon gives: every combination of its values.
  ///
  /// - Throws: ``EvaluationError`` with the code `unknownRule` for what is no setting, cannot be used, is given twice,
  ///   or has no effect in any of them.
  func combinations(of text: String) throws -> [[(name: String, value: String)]] {
    var combinations: [[(name: String, value: String)]] = [[]]
    for pair in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard sides.count == 2, let setting = settings.first(where: { $0.name == sides[0] }) else {
        throw EvaluationError(
          .unknownRule, "\(pair.isEmpty ? "An empty text" : pair) is no setting of \(name)",
          remedy: "Its settings are \(settings.map { "\($0.name)=\($0.standard)" }.joined(separator: ", ")).")
      }
      guard !combinations[0].contains(where: { $0.name == setting.name }) else {
        throw twice(setting.name, setting)
      }
      let values = sides[1].split(separator: "|", omittingEmptySubsequences: false).map(String.init)
      for (place, value) in values.enumerated() {
        guard setting.accepts(value) else {
          throw EvaluationError(
            .unknownRule, "\(setting.name)=\(value) cannot be used with \(name)", remedy: "It is \(setting.allowed).")
        }
        guard !values[..<place].contains(value) else { throw twice("\(setting.name)=\(value)", setting) }
      }
      combinations = combinations.flatMap { known in values.map { known + [(setting.name, $0)] } }
    }
    let all = combinations.map { given in
      var settings = NamedRule.Settings(self)
      for (key, value) in given { settings.values[key] = value }
      return settings
    }
    for (setting, value) in combinations[0] {
      guard all.allSatisfy({ $0.condition(of: setting) != nil }), let condition = all[0].condition(of: setting) else {
        continue
      }
      throw EvaluationError(
        .unknownRule, "\(setting)=\(value) has no effect here: it counts \(condition)",
        remedy: "Leave it out, or set what it belongs to.")
    }
    return combinations
  }

  private func twice(_ what: String, _ setting: NamedRule.Setting) -> EvaluationError {
    EvaluationError(
      .unknownRule, "\(what) is given twice for \(name)",
      remedy: "Give each setting and each value once; values with | between them are all tried.")
  }
}

extension NamedRule.Settings {
  /// What a setting needs to have an effect; `nil` where it has one.
  func condition(of setting: String) -> String? {
    let isCosine = values["align"] == "cosine" || values["align"] == "exact"
    let choice = values["anchors"] == "all" ? "" : values["choose"] ?? ""
    switch setting {
    case "rate": return values["search"] == "em" ? "with search=adamw or search=gradient" : nil
    case "gamma": return values["search"] == "em" ? nil : "with search=em"
    case "precision": return values["align"] == "cosine" ? nil : "with align=cosine"
    case "side", "temperature", "normalise", "storage": return isCosine ? nil : "with align=cosine or align=exact"
    case "cache": return isCosine && values["storage"] != "dense" ? nil : "with cosines that are not kept whole"
    case "choose": return choice.isEmpty ? "with a number of anchors" : nil
    case "seed":
      return ["random", "farthest", "kmeans", "consistent"].contains(choice)
        ? nil : "with anchors that are chosen by random, farthest, kmeans or consistent"
    case "text": return choice == "frequent" ? nil : "with anchors that are chosen by choose=frequent"
    case "beta": return ["perplexity", "entropy"].contains(values["by"]) ? nil : "with by=perplexity or by=entropy"
    case "usual": return values["by"] == "perplexity" ? nil : "with by=perplexity"
    case "best": return values["with"] == "none" ? "with a rule: with=RULE" : nil
    case "weights": return values["with"] == "none" ? "for the ensemble of with=RULE" : nil
    default: return nil
    }
  }
}
