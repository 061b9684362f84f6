import DeePEn
import ExampleSupport

/// An answer for people: streamed, then the tokens that fusion changed, and on request each member's answer alone.
enum AnswerText {
  static func show(
    _ prompt: String, _ ensemble: Ensemble, alone: [Ensemble], options: ResponseOptions
  ) async throws {
    let title = ensemble.members.count == 1 ? ensemble.members[0].name : "together"
    let width = (alone.map(\.members[0].name) + [title]).map(\.count).reduce(8, max)
    Terminal.show("\n\(prompt)\n  \(label(title, width: width))")
    let stream = ensemble.streamResponse(to: prompt, options: options)
    var changes: [FusionChange] = []
    for try await token in stream {
      Terminal.show(token.text)
      if let change = FusionChange(token, members: ensemble.members) { changes.append(change) }
    }
    Terminal.show("\n")
    for change in changes { Terminal.show("    \(change)\n") }
    let response = try await stream.collect()
    for event in response.events { Terminal.show("    \(event)\n") }
    let rate = response.statistics.tokensPerSecond.rounded()
    Terminal.show(
      "    (\(response.stopReason.rawValue), \(response.statistics.steps) steps, \(Int(rate)) tokens/s)\n")
    for single in alone {
      Terminal.show("  \(label(single.members[0].name, width: width))")
      for try await token in single.streamResponse(to: prompt, options: options) { Terminal.show(token.text) }
      Terminal.show("\n")
    }
  }

  private static func label(_ name: String, width: Int) -> String {
    name + ":" + String(repeating: " ", count: max(0, width - name.count) + 1)
  }
}

/// A step at which fusion chose another token than the main model.
struct FusionChange: Encodable, CustomStringConvertible {
  /// A member's likeliest token, or the ensemble's.
  struct Choice: Encodable {
    var member: String?
    /// The token's text; `nil` for the end of the answer.
    var text: String?
    var probability: Float

    init(_ candidate: GeneratedToken.Candidate, of member: String? = nil) {
      self.member = member
      text = candidate.isEndOfGeneration ? nil : candidate.text
      probability = candidate.probability
    }

    /// The token's description in a sentence.
    fileprivate var words: String { text.map { "“\($0.replacing("\n", with: "⏎"))”" } ?? "the end" }
    fileprivate var share: String { "\(Int((probability * 100).rounded())) %" }
  }

  /// The main model's choice.
  var main: Choice
  /// The ensemble's choice.
  var together: Choice
  /// The choices of the other members that have a part in the step.
  var assistants: [Choice]

  /// The change at a token; `nil` where there is none, or where it was not requested.
  init?(_ token: GeneratedToken, members: [Member]) {
    guard let candidates = token.candidates, let fused = candidates.fused.first,
      let main = candidates.members.first?.first, fused.token != main.token
    else { return nil }
    self.main = Choice(main, of: members[0].name)
    together = Choice(fused)
    assistants = zip(members, candidates.members).dropFirst().compactMap { member, candidates in
      candidates.first.map { Choice($0, of: member.name) }
    }
  }

  /// The main model's choice, the ensemble's, and the others'.
  var description: String {
    let others = assistants.map { "\($0.member ?? "") says \($0.words) with \($0.share)" }
    return "changed \(main.words) (\(main.member ?? "") alone: \(main.share)) to \(together.words) "
      + "(together: \(together.share)); \(others.joined(separator: ", "))"
  }
}
