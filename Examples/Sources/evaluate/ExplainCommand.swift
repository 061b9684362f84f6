import DeePEn
import Evaluation
import EvaluationTools
import ExampleSupport

/// `evaluate explain`: the step at which an ensemble goes wrong.
enum ExplainCommand {
  static let command = Command(
    CommandForm(
      "evaluate explain",
      "Questions that a member alone answers rightly and the ensemble does not: the first step at which the "
        + "ensemble departs from the right answer, what every member thought there, and the cause.",
      brief: "where an ensemble departs from the right answer, and why",
      options: [
        .values("model", "PATH", "a member, the main model first (bundled: atlas and scholar)"),
        .value("rule", "RULE", "the rule; evaluate rules lists them", default: RuleRegistry.standardName),
        .value("questions", "PATH", "questions, JSONL (bundled development questions)"),
        .value("limit", "N", "N questions only, evenly spread (all)"),
        .value("show", "N", "how many of the cases are shown in full", default: "5"),
      ] + ModelSettings.options), run: run)

  private static func run(_ arguments: Arguments) async throws {
    let paths = arguments.all("model").isEmpty ? [Bundled.atlas, Bundled.scholar] : arguments.all("model")
    let rule = try namedRule(arguments.text("rule"), members: MemberNames.names(of: paths))
    let shown = try arguments.known("show", as: Int.self)
    guard shown >= 0 else { throw arguments.wrong("--show \(shown) is below 0") }
    let items = try questions(arguments.text("questions"))
    let asked = try spread(items, over: arguments.count("limit"))
    let members = try loadMembers(paths, settings: try ModelSettings(arguments))
    let ensemble = try await rule.ensemble(of: members)
    let alone = try members.map { try Ensemble(members: [$0], fusion: MainModelOnly()) }
    let options = ResponseOptions(maximumTokens: 24, stop: ["\n"])
    var bar = ProgressBar("asking")
    var explanations: [(question: String, explanation: TraceExplanation)] = []
    for (index, item) in asked.enumerated() {
      bar.show(Double(index + 1) / Double(asked.count))
      guard case .answer(let expected, let form) = item.expectation,
        !form.matches(try await ensemble.respond(to: item.messages, options: options).text, expected)
      else { continue }
      for single in alone {
        let answer = try await single.respond(to: item.messages, options: options).text
        guard form.matches(answer, expected) else { continue }
        if let found = try await TraceExplainer(ensemble).explain(item.messages, right: answer, maximumTokens: 24) {
          explanations.append((item.messages.last?.content ?? "", found))
        }
        break
      }
    }
    let causes = Dictionary(grouping: explanations, by: \.explanation.cause.rawValue).mapValues(\.count)
    print("\(explanations.count) of \(asked.count) questions are lost by \(rule.configuration.label)")
    for (cause, count) in causes.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      print("  \(count)  \(cause)")
    }
    for (question, explanation) in explanations.prefix(shown) {
      print("\n\(question)")
      print("  after “\(explanation.textBefore)” it says “\(explanation.chosen)”, right is “\(explanation.rightRest)”")
      for opinion in explanation.opinions {
        let word = opinion.likeliest.map { "“\($0)”" } ?? "the end"
        print(
          "  \(opinion.member): \(word) with \(percent(opinion.probability)), right ones with "
            + "\(percent(opinion.rightProbability)), weight \(percent(opinion.weight))"
        )
      }
      print("  \(explanation.cause.rawValue)")
    }
  }

  private static func percent(_ share: Float) -> String { "\(Int((share * 100).rounded())) %" }
}
