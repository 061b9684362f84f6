import DeePEn
import ExampleSupport
import Foundation

/// An answer as one line of JSON, for programs.
struct AnswerRecord: Encodable {
  /// A member's answer alone.
  struct Single: Encodable {
    var member: String
    var answer: String
    var stopReason: String
  }

  /// The answer's figures.
  struct Figures: Encodable {
    var steps: Int
    var seconds: Double
    var secondsToFirstToken: Double
    var tokensPerSecond: Double
  }

  var prompt: String
  var answer: String
  var stopReason: String
  /// The members' names, the main model's first.
  var members: [String]
  /// The answer's tokens in the main model's vocabulary.
  var tokens: [TokenID]
  /// The steps at which fusion chose another token than the main model.
  var changes: [FusionChange]
  /// Events of members.
  var events: [String]
  var statistics: Figures
  /// Each member's answer alone; absent where it was not requested.
  var alone: [Single]?

  /// Answers a prompt and writes the line.
  static func show(
    _ prompt: String, _ ensemble: Ensemble, alone: [Ensemble], options: ResponseOptions
  ) async throws {
    let stream = ensemble.streamResponse(to: prompt, options: options)
    var changes: [FusionChange] = []
    for try await token in stream {
      if let change = FusionChange(token, members: ensemble.members) { changes.append(change) }
    }
    let response = try await stream.collect()
    var singles: [Single] = []
    for single in alone {
      let answer = try await single.respond(to: prompt, options: options)
      singles.append(
        Single(member: single.members[0].name, answer: answer.text, stopReason: answer.stopReason.rawValue))
    }
    let statistics = response.statistics
    let record = AnswerRecord(
      prompt: prompt, answer: response.text, stopReason: response.stopReason.rawValue,
      members: ensemble.members.map(\.name), tokens: response.tokens, changes: changes,
      events: response.events.map { "\($0)" },
      statistics: Figures(
        steps: statistics.steps, seconds: statistics.duration / .seconds(1),
        secondsToFirstToken: statistics.timeToFirstToken / .seconds(1), tokensPerSecond: statistics.tokensPerSecond),
      alone: singles.isEmpty ? nil : singles)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    Terminal.show(try encoder.encode(record) + Data("\n".utf8))
  }
}
