package import DeePEn
package import Evaluation

extension Study {
  /// Rate η by number of steps T of the published search: one line for each T.
  ///
  /// - Parameters:
  ///   - alignments: The members' alignments, built once for all settings.
  ///   - weights: The members' weights.
  ///   - rates: The rates η.
  ///   - steps: The numbers of steps T.
  package static func search(
    alignments: [any TokenAlignment], weights: [Float], rates: [Float], steps: [Int]
  ) -> Study {
    let settings = steps.flatMap { count in
      rates.map { rate in
        Setting("η \(rate)", series: "T = \(count)", x: Double(rate), weights: weights) {
          try DeePEnFusion(alignments: alignments, search: AdamWSearch(rate: rate, steps: count))
        }
      }
    }
    return Study("Rate and steps of the search", xLabel: "rate η", settings: settings)
  }

  /// Number of anchors and their selection: random draws with repeats, lowest identifiers, longest, farthest points,
  /// k-means, agreement of the members, frequency in a text, any others by name, and all.
  ///
  /// - Parameters:
  ///   - members: The members, the main model first.
  ///   - weights: Their weights.
  ///   - counts: The numbers of anchors.
  ///   - repeats: The number of seeds of the random draw, each a line of its own.
  ///   - text: The text in which the most frequent tokens are counted; without one that selection is left out.
  ///   - others: Further selections, each created for a number of anchors.
  ///   - rule: The alignment, whose anchors are replaced.
  ///   - search: The search.
  package static func anchors(
    members: [Member], weights: [Float], counts: [Int], repeats: Int = 3, text: String? = nil,
    others: [(name: String, selection: @Sendable (Int) -> AnchorSelection)] = [],
    rule: CosineAlignmentRule = CosineAlignmentRule(), search: any InverseSearch = AdamWSearch()
  ) -> Study {
    typealias AnchorChoice = (name: String, selection: @Sendable (Int) -> AnchorSelection)
    var choices: [AnchorChoice] = []
    for seed in 0..<repeats {
      let draw: @Sendable (Int) -> AnchorSelection = { .random($0, seed: UInt64(seed)) }
      choices.append(("random \(seed + 1)", draw))
    }
    let lowest: @Sendable (Int) -> AnchorSelection = { .lowestIDs($0) }
    let longest: @Sendable (Int) -> AnchorSelection = { .longest($0) }
    let farthest: @Sendable (Int) -> AnchorSelection = { .farthest($0) }
    let kMeans: @Sendable (Int) -> AnchorSelection = { .kMeans($0) }
    let consistent: @Sendable (Int) -> AnchorSelection = { .mostConsistent($0) }
    choices += [("lowest identifiers", lowest), ("longest", longest), ("farthest", farthest), ("k-means", kMeans)]
    choices.append(("most consistent", consistent))
    if let text {
      let frequent: @Sendable (Int) -> AnchorSelection = { .mostFrequent($0, in: text) }
      choices.append(("most frequent", frequent))
    }
    choices += others
    var settings = choices.flatMap { choice in
      counts.map { count in
        aligned("\(count) anchors", series: choice.name, x: Double(count), members, weights, search) {
          var rule = rule
          rule.anchors = choice.selection(count)
          return rule
        }
      }
    }
    let shared = Anchors.sharedTokenCount(of: members.map(\.backend.vocabulary))
    settings.append(
      aligned("all \(shared)", series: "all", x: Double(shared), members, weights, search) {
        var rule = rule
        rule.anchors = .all
        return rule
      })
    return Study("Anchors", xLabel: "anchors", settings: settings)
  }

  /// The temperature τ of the relative representation, with normalised rows and without: one line for each.
  package static func normalisation(
    members: [Member], weights: [Float], temperatures: [Float],
    rule: CosineAlignmentRule = CosineAlignmentRule(), search: any InverseSearch = AdamWSearch()
  ) -> Study {
    let settings = [true, false].flatMap { divides in
      temperatures.map { temperature in
        let series = divides ? "rows divided by their length" : "rows as they are"
        return aligned("τ \(temperature)", series: series, x: Double(temperature), members, weights, search) {
          var rule = rule
          rule.options.temperature = temperature
          rule.options.normalisesRows = divides
          return rule
        }
      }
    }
    return Study("Normalisation and temperature of the relative space", xLabel: "temperature τ", settings: settings)
  }

  /// Input embeddings against output embeddings.
  package static func embeddings(
    members: [Member], weights: [Float], rule: CosineAlignmentRule = CosineAlignmentRule(),
    search: any InverseSearch = AdamWSearch()
  ) -> Study {
    let settings = EmbeddingSide.allCases.enumerated().map { index, side in
      aligned("\(side.rawValue) embeddings", series: "embeddings", x: Double(index), members, weights, search) {
        var rule = rule
        rule.side = side
        return rule
      }
    }
    return Study("Embeddings", xLabel: "side", settings: settings)
  }

  /// Number of members: the main model alone, then with the first assistant, with two, and so on.
  ///
  /// - Parameters:
  ///   - members: The main model, then the assistants in the order in which they are added: the order by development
  ///     scores.
  ///   - texts: The texts to measure on; read again for each number of members.
  ///   - rule: The rule that fuses the members.
  package static func memberCount(
    members: [Member], texts: [LogitRecording.Text], rule: any EnsembleRule = .published
  ) -> Study {
    let settings = (1...max(1, members.count)).map { count in
      let name = count == 1 ? "1 member" : "\(count) members"
      return team(name, series: rule.name, x: count, Array(members.prefix(count)), texts, rule)
    }
    return Study("Number of members", xLabel: "members", settings: settings)
  }

  /// Choice of the main model: each member in turn, with all others as assistants.
  package static func mainModel(
    members: [Member], texts: [LogitRecording.Text], rule: any EnsembleRule = .published
  ) -> Study {
    let settings = members.indices.map { index in
      var order = members
      order.insert(order.remove(at: index), at: 0)
      return team(members[index].name, series: rule.name, x: index + 1, order, texts, rule)
    }
    return Study("Choice of the main model", xLabel: "main model", settings: settings)
  }

  /// Weights by how well each member predicts the prompt: the strength of that influence, β. At 0 weights are
  /// unchanged.
  ///
  /// - Parameters:
  ///   - members: The members, the main model first.
  ///   - weights: Their initial weights.
  ///   - sharpnesses: The values of β.
  ///   - rules: The rules that use the weights, one line for each.
  ///   - usual: The members' usual bits per byte of a prompt; each rule has one more line with these subtracted.
  /// - Returns: A study that needs a recording with prompt scores.
  package static func promptWeights(
    members: [Member], weights: [Float], sharpnesses: [Double], rules: [any EnsembleRule],
    usual: [String: Double] = [:]
  ) -> Study {
    let lines = rules.flatMap { rule -> [(name: String, rule: any EnsembleRule, usual: [String: Double])] in
      let plain = (rule.name, rule, [String: Double]())
      return usual.isEmpty ? [plain] : [plain, ("\(rule.name), above the usual", rule, usual)]
    }
    let settings = lines.flatMap { line in
      sharpnesses.map { sharpness in
        Setting("β \(figure(sharpness, places: 1))", series: line.name, x: sharpness, weights: weights) {
          let rule = PromptWeightedRule.promptWeighted(
            line.rule, weighting: PerplexityWeighting(sharpness: sharpness), usualBitsPerByte: line.usual)
          return try rule.fusion(for: members) { _ in }
        }
      }
    }
    return Study("Weights by the prompt", xLabel: "β", settings: settings)
  }

  private static func aligned(
    _ name: String, series: String, x: Double, _ members: [Member], _ weights: [Float], _ search: any InverseSearch,
    rule: @escaping @Sendable () -> CosineAlignmentRule
  ) -> Setting {
    Setting(name, series: series, x: x, weights: weights) {
      try DeePEnFusion(alignments: try rule().alignments(for: members) { _ in }, search: search)
    }
  }

  private static func team(
    _ name: String, series: String, x: Int, _ members: [Member], _ texts: [LogitRecording.Text],
    _ rule: any EnsembleRule
  ) -> Setting {
    Setting(
      name, series: series, x: Double(x),
      recording: {
        try await LogitRecording(
          members: members, texts: texts, recordsPromptScores: members.count > 1 && rule is PromptWeightedRule)
      },
      fusion: { try await Ensemble(main: members[0], assistants: Array(members.dropFirst()), rule: rule).fusion })
  }
}
