internal import Ensemble
internal import LinearAlgebra
internal import ModelBackends

/// What a comparison's ensembles gain beyond two controls, in bits a byte of expected answers: the main model alone at its
/// best temperature, and the same ensemble with shuffled assistants.
///
/// A gain that a temperature alone gives is no gain, and a shuffled assistant must not help. The temperature is tuned on the
/// very texts that are measured here, which favours the control.
public struct ControlFindings: Sendable, Hashable {
  /// One ensemble.
  public struct Row: Sendable, Hashable {
    /// The row's name in the comparison.
    public var contestant: String
    /// Bits a byte; `nil` where the rule cannot be replayed because it asks members for more than logits.
    public var bitsPerByte: Double?
    /// How many bits a byte less it needs than the main model at its best temperature, with an interval over texts.
    public var gain: Bootstrap.Estimate?
    /// Bits a byte with every assistant shuffled.
    public var shuffledBitsPerByte: Double?
  }

  /// The main model.
  public var main: String
  /// The assistants, in order.
  public var assistants: [String]
  /// How many texts were read.
  public var textCount: Int
  /// Bits a byte by the main model alone.
  public var bitsPerByte: Double
  /// The temperature at which it needs the fewest.
  public var temperature: Double
  /// Bits a byte at that temperature.
  public var bitsPerByteAtTemperature: Double
  /// The ensembles.
  public var rows: [Row]

  /// Measures the controls of a comparison.
  ///
  /// - Parameters:
  ///   - outcome: The comparison; its rows that fuse tokens are measured.
  ///   - items: Development items; their expected answers are read.
  ///   - limit: How many of them are read, evenly spread.
  ///   - separator: What stands between a prompt and an answer that is scored; `nil` for what a main model's prompt asks for.
  ///   - bootstrap: How intervals are made.
  ///   - progress: Told what share is done.
  /// - Throws: What reading and fusing throw; ``EvaluationError`` with the code `incomplete` where no item has an answer, and
  ///   `memoryLimit` where the logits take more than 2 GiB.
  /// - Complexity: For each main model, one reading of the answers by all members and two fusions a step for each row: as much
  ///   as `limit` items of the comparison ask for twice.
  public static func measure(
    _ outcome: Comparison.Outcome, on items: [EvaluationItem], limit: Int = 80, separator: String? = nil,
    bootstrap: Bootstrap = Bootstrap(), progress: @escaping @Sendable (Double) -> Void = { _ in }
  ) async throws -> [ControlFindings] {
    let items = Self.chosen(of: items, limit: limit)
    guard !items.isEmpty else {
      throw EvaluationError(
        .incomplete, "No development item has an expected answer to read",
        remedy: "Give some, or leave the controls out.")
    }
    var groups: [(members: [Member], rows: [(name: String, fusion: any TokenFusion)])] = []
    for contestant in outcome.contestants {
      guard let ensemble = contestant.scorer, ensemble.members.count > 1 else { continue }
      let names = ensemble.members.map(\.name)
      let row = (contestant.name, ensemble.fusion)
      if let place = groups.firstIndex(where: { $0.members.map(\.name) == names }) {
        groups[place].rows.append(row)
      } else {
        groups.append((ensemble.members, [row]))
      }
    }
    var findings: [ControlFindings] = []
    for (index, group) in groups.enumerated() {
      let whole = Double(groups.count)
      findings.append(
        try await measure(
          group.members, group.rows, try Self.texts(of: items, read: group.members[0], separator), bootstrap
        ) { progress((Double(index) + $0) / whole) })
    }
    return findings
  }

  private static func measure(
    _ members: [Member], _ rows: [(name: String, fusion: any TokenFusion)], _ texts: [LogitRecording.Text],
    _ bootstrap: Bootstrap, progress: @escaping @Sendable (Double) -> Void
  ) async throws -> ControlFindings {
    let recording = try await LogitRecording(members: members, texts: texts) { progress($0 / 2) }
    let shuffled = recording.shufflingAssistants(with: members.map(\.backend.vocabulary))
    let best = try recording.bestMainTemperature()
    let cooled = try recording.score(of: TemperatureFusion(temperature: Float(best.temperature)))
    var measured: [Row] = []
    for (index, row) in rows.enumerated() {
      if row.fusion is any ConsultingFusion {
        measured.append(Row(contestant: row.name))
      } else {
        let score = try recording.score(of: row.fusion)
        let gain = bootstrap.ratio(
          zip(cooled.texts, score.texts).map { ($1.logProbability - $0.logProbability) / ElementaryFunctions.log(2.0) },
          score.texts.map { Double($0.byteCount) })
        measured.append(
          Row(
            contestant: row.name, bitsPerByte: score.bitsPerByte, gain: gain,
            shuffledBitsPerByte: try shuffled.score(of: row.fusion).bitsPerByte))
      }
      progress(0.5 + Double(index + 1) / Double(2 * rows.count))
    }
    return ControlFindings(
      main: members[0].name, assistants: members.dropFirst().map(\.name), textCount: texts.count,
      bitsPerByte: try recording.score(of: MainModelOnly()).bitsPerByte, temperature: best.temperature,
      bitsPerByteAtTemperature: best.bitsPerByte, rows: measured)
  }

  /// The items that have something to read, or so many of them, evenly spread.
  private static func chosen(of items: [EvaluationItem], limit: Int) -> [EvaluationItem] {
    let items = items.filter { $0.expectedText != nil }
    guard items.count > limit else { return items }
    return (0..<max(limit, 0)).map { items[$0 * items.count / limit] }
  }

  private static func texts(
    of items: [EvaluationItem], read main: Member, _ separator: String?
  ) throws -> [LogitRecording.Text] {
    try items.compactMap { item in
      guard let text = item.expectedText else { return nil }
      if case .text = item.expectation { return LogitRecording.Text(text, after: .conversation(item.messages)) }
      let separator = try separator ?? main.separator(after: item.messages)
      return LogitRecording.Text(separator + text, after: .conversation(item.messages))
    }
  }
}

extension EvaluationItem {
  /// What is expected, as far as it can be read; the first of several answers.
  fileprivate var expectedText: String? {
    switch expectation {
    case .answer(let answers, _): answers.first
    case .choice(let options, let right): options.indices.contains(right) ? options[right] : nil
    case .text(let text): text
    }
  }
}
