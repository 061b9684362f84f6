internal import Ensembling
internal import LinearAlgebra
internal import ModelBackends

/// The gain of a comparison's ensembles over two controls, in bits per byte of expected answers: the main model alone
/// at its best temperature, and the same ensemble with shuffled assistants.
///
/// A gain that a temperature alone gives is no gain, and a shuffled assistant must not help. The temperature is tuned
/// on the very texts that are measured here, which favours the control.
public struct ControlFindings: Sendable, Hashable, Encodable {
  /// One ensemble.
  public struct Row: Sendable, Hashable, Encodable {
    /// The row's name in the comparison.
    public var contestant: String
    /// Bits per byte; `nil` where the rule cannot be replayed because it asks members for more than was recorded.
    public var bitsPerByte: Double?
    /// The bits per byte saved relative to the main model at its best temperature, with an interval over texts.
    public var gain: Bootstrap.Estimate?
    /// Bits per byte with every assistant shuffled.
    public var shuffledBitsPerByte: Double?
  }

  /// The main model.
  public var main: String
  /// The assistants, in order.
  public var assistants: [String]
  /// The number of texts.
  public var textCount: Int
  /// Bits per byte of the main model alone.
  public var bitsPerByte: Double
  /// The temperature that minimises its bits per byte.
  public var temperature: Double
  /// Bits per byte at that temperature.
  public var bitsPerByteAtTemperature: Double
  /// The ensembles.
  public var rows: [Row]

  /// Measures the controls of a comparison.
  ///
  /// - Parameters:
  ///   - outcome: The comparison; its rows that fuse tokens are measured.
  ///   - items: Development items. Their expected answers are read; of several, the one that the baseline finds
  ///     likeliest.
  ///   - limit: The maximum number of items that are read, evenly spread.
  ///   - separator: The text between a prompt and an answer that is scored; `nil` for the separator that a main model's
  ///     prompt asks for.
  ///   - bootstrap: The settings of the intervals.
  ///   - progress: Called with the completed share.
  /// - Throws: Errors from reading and fusing; ``EvaluationError`` with the code `incomplete` where no item has an
  ///   answer, and `memoryLimit` where the logits take more than 2 GiB.
  /// - Complexity: For each main model, one pass over the answers by all members and, for each row, two fusions per
  ///   step: twice the cost of `limit` items of the comparison.
  public static func measure(
    _ outcome: Comparison.Outcome, on items: [EvaluationItem], limit: Int = 80, separator: String? = nil,
    bootstrap: Bootstrap = Bootstrap(), progress: @escaping @Sendable (Double) -> Void = { _ in }
  ) async throws -> [ControlFindings] {
    let readings = try await Self.readings(of: items, limit: limit, separator: separator, outcome)
    guard !readings.isEmpty else {
      throw EvaluationError(
        .incomplete, "No development item has an expected answer to read",
        remedy: "Give some, or leave the controls out.")
    }
    var groups: [(members: [Member], rows: [Replayed])] = []
    for contestant in outcome.contestants {
      guard let ensemble = contestant.scorer, ensemble.members.count > 1 else { continue }
      let names = ensemble.members.map(\.name)
      let row = Replayed(name: contestant.name, fusion: ensemble.fusion, weights: ensemble.weights)
      if let index = groups.firstIndex(where: { $0.members.map(\.name) == names }) {
        groups[index].rows.append(row)
      } else {
        groups.append((ensemble.members, [row]))
      }
    }
    var findings: [ControlFindings] = []
    for (index, group) in groups.enumerated() {
      let whole = Double(groups.count)
      findings.append(
        try await measure(
          group.members, group.rows, try readings.map { try $0.text(for: group.members[0], separator) }, bootstrap
        ) { progress((Double(index) + $0) / whole) })
    }
    return findings
  }

  /// A row's rule.
  private struct Replayed {
    var name: String
    var fusion: any TokenFusion
    var weights: [Float]

    /// Its score; `nil` where it asks members for more than was recorded.
    func score(on recording: LogitRecording) async throws -> RecordedScore? {
      do { return try await recording.score(of: fusion, weights: weights) } catch let error as EnsembleError {
        guard error.code == .unsupported else { throw error }
        return nil
      }
    }
  }

  private static func measure(
    _ members: [Member], _ rows: [Replayed], _ texts: [LogitRecording.Text],
    _ bootstrap: Bootstrap, progress: @escaping @Sendable (Double) -> Void
  ) async throws -> ControlFindings {
    let recording = try await LogitRecording(members: members, texts: texts) { progress($0 / 2) }
    let shuffled = recording.shufflingAssistants(with: members.map(\.backend.vocabulary))
    let best = try await recording.bestMainTemperature()
    let cooled = try await recording.score(of: TemperatureFusion(temperature: Float(best.temperature)))
    var measured: [Row] = []
    for (index, row) in rows.enumerated() {
      if let score = try await row.score(on: recording) {
        let gain = bootstrap.ratio(
          zip(cooled.texts, score.texts).map { ($1.logProbability - $0.logProbability) / ElementaryFunctions.log(2.0) },
          score.texts.map { Double($0.byteCount) })
        measured.append(
          Row(
            contestant: row.name, bitsPerByte: score.bitsPerByte, gain: gain,
            shuffledBitsPerByte: try await row.score(on: shuffled)?.bitsPerByte))
      } else {
        measured.append(Row(contestant: row.name))
      }
      progress(0.5 + Double(index + 1) / Double(2 * rows.count))
    }
    return ControlFindings(
      main: members[0].name, assistants: members.dropFirst().map(\.name), textCount: texts.count,
      bitsPerByte: try await recording.score(of: MainModelOnly()).bitsPerByte, temperature: best.temperature,
      bitsPerByteAtTemperature: best.bitsPerByte, rows: measured)
  }

  /// The part of an item that is read.
  private struct Reading {
    var messages: [Message]
    var expected: String
    /// Whether a separator precedes it.
    var isAnswer: Bool

    func text(for main: Member, _ separator: String?) throws -> LogitRecording.Text {
      let separator = isAnswer ? try separator ?? main.separator(after: messages) : ""
      return LogitRecording.Text(separator + expected, after: .conversation(messages))
    }
  }

  /// The texts that are read: those of all items that expect something, or of a limited number of them, evenly spread.
  /// Of several expected answers it is the one that the baseline finds likeliest, the same for all rows.
  private static func readings(
    of items: [EvaluationItem], limit: Int, separator: String?, _ outcome: Comparison.Outcome
  ) async throws -> [Reading] {
    let scorable = items.filter { item in
      switch item.expectation {
      case .answer(let answers, _): !answers.isEmpty
      case .choice(let options, let right), .writtenChoice(let options, let right): options.indices.contains(right)
      case .text: true
      }
    }
    let chosen =
      scorable.count > limit ? (0..<max(limit, 0)).map { scorable[$0 * scorable.count / limit] } : scorable
    let reader = outcome.contestants.first { $0.name == outcome.baseline }?.scorer
    let evaluator = ItemEvaluator(separator: separator)
    var readings: [Reading] = []
    for item in chosen {
      var reading = Reading(messages: item.messages, expected: "", isAnswer: true)
      switch item.expectation {
      case .answer(let answers, _):
        reading.expected = answers[0]
        if answers.count > 1, let reader, let likeliest = try await evaluator.likeliest(of: answers, item, by: reader) {
          reading.expected = likeliest.answer
        }
      case .choice(let options, let right): reading.expected = options[right]
      case .writtenChoice(_, let right): reading.expected = Exercise.letter(right)
      case .text(let whole): (reading.expected, reading.isAnswer) = (whole, false)
      }
      readings.append(reading)
    }
    return readings
  }
}
