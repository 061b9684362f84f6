import DeePEn
import ExampleSupport
import Foundation

/// Predictions at all boundaries of another model's tokens in a text, and the score of the text by the models'
/// ensemble, against the models' own passes over the text.
public struct PositionsWorkload: Workload {
  /// "positions"
  public static let name = "positions"
  /// The models. Each is asked at the boundaries of the next one's tokens, the last one of the first one's.
  public var models: [String]
  /// The text.
  public var text: String
  /// The number of positions per request.
  public var piece: Int
  /// The number of timings of everything.
  public var rounds: Int
  /// Threads of each model.
  public var threads: Int

  /// Describes the measurement.
  public init(models: [String], text: String, piece: Int, rounds: Int, threads: Int) {
    self.models = models
    self.text = text
    self.piece = piece
    self.rounds = rounds
    self.threads = threads
  }

  /// Measures. Samples, in seconds: "own NAME" and "positions NAME" for each model, and, of several models, "score, in
  /// turn" and "score, side by side": the first with the others as assistants, under the standard rule. Figures:
  /// "tokens NAME", "positions NAME" and "evaluated NAME": the text's own tokens, the positions, and the tokens that
  /// went through the model for them.
  public func run() async throws -> Outcome {
    let backends = try models.map { try loadModel($0, threads: threads) }
    let bytes = Array(text.utf8)
    var outcome = Outcome()
    var contestants: [Rounds.Contestant] = []
    let evaluated = backends.map { _ in Count() }
    for (index, backend) in backends.enumerated() {
      let other = backends[(index + 1) % backends.count]
      guard let tokenizer = other.tokenizer else {
        throw BenchmarkError("\(other.name) has no tokenizer", remedy: "Choose another model.")
      }
      let tokens = try tokenizer.encode(bytes, options: EncodingOptions(isStart: false))
      let lengths = tokens.reduce(into: [0]) { $0.append($0[$0.count - 1] + other.vocabulary.bytes(of: $1).count) }
      // The first token is the context of the others.
      let start = lengths.dropFirst().first ?? 0
      let prompt = RenderedPrompt(parts: [.text(Array(bytes[..<start]))])
      let context = ContextText(prompt: prompt, answer: Array(bytes[start...]))
      let prefixes = lengths.dropFirst().dropLast().map { ContextText.Prefix(byteCount: $0 - start) }
      let own = try await backend.makeSession().tokenCount(of: context)
      outcome.figures["tokens \(backend.name)"] = Double(own ?? 0)
      outcome.figures["positions \(backend.name)"] = Double(prefixes.count)
      contestants.append(
        Rounds.Contestant("own \(backend.name)") { [text] _ in
          _ = try await backend.makeSession().promptScore(of: RenderedPrompt(text))
        })
      contestants.append(
        Rounds.Contestant("positions \(backend.name)") { [piece] _ in
          let session = try await backend.makeSession()
          var work = 0
          for start in stride(from: 0, to: prefixes.count, by: piece) {
            let part = Array(prefixes[start..<min(start + piece, prefixes.count)])
            work += try await session.predictions(after: part, of: context).reduce(0) { $0 + ($1?.work.evaluated ?? 0) }
          }
          evaluated[index].value = work
        })
    }
    if models.count > 1 {
      let beginning = text.prefix { $0 != " " }
      for (name, schedule) in [("in turn", MemberSchedule.inTurn), ("side by side", .sideBySide)] {
        let ensemble = try await ensemble(schedule)
        contestants.append(
          Rounds.Contestant("score, \(name)") { [text] _ in
            _ = try await ensemble.score(String(text[beginning.endIndex...]), continuing: String(beginning))
          })
      }
    }
    outcome.samples = try await Rounds.measure(contestants, rounds: rounds)
    for (backend, count) in zip(backends, evaluated) {
      outcome.figures["evaluated \(backend.name)"] = Double(count.value)
    }
    return outcome
  }

  /// An ensemble that keeps no session, so that every score reads the whole text. Members in turn have all threads
  /// each, the others a share.
  private func ensemble(_ schedule: MemberSchedule) async throws -> Ensemble {
    let plan = CorePlan(cores: threads, members: models.count)
    let members = try models.enumerated().map { index, model in
      Member(try loadModel(model, threads: schedule == .inTurn ? threads : plan.threads(ofMember: index)))
    }
    return try await Ensemble(
      main: members[0], assistants: Array(members.dropFirst()), idleSessions: 0, schedule: schedule)
  }

  private final class Count {
    var value = 0
  }
}
