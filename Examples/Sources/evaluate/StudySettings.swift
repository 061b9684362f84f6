import DeePEn
import Evaluation
import ExampleSupport

/// The options of `evaluate study`, read and checked before any model is loaded.
struct StudySettings {
  let rates: [Float]
  let steps: [Int]
  /// The search of the studies that do not vary it.
  let search: AdamWSearch
  /// Numbers of anchors.
  let counts: [Int]
  /// The text in which the most frequent tokens are counted.
  let frequencyText: String?
  /// The rules, named as on the command line.
  let rules: [(name: String, rule: any EnsembleRule)]

  init(_ arguments: Arguments) throws {
    rates = try arguments.list("rates") ?? [0.05, 0.15, 0.5, 1, 2]
    steps = try arguments.list("steps") ?? [1, 5, 10]
    counts = try arguments.list("counts") ?? []
    for (name, isUsable) in [
      ("rates", !rates.isEmpty && rates.allSatisfy { $0.isFinite && $0 >= 0 }),
      ("steps", !steps.isEmpty && steps.allSatisfy { $0 >= 0 }),
      ("counts", !counts.isEmpty && counts.allSatisfy { $0 > 0 }),
    ] where !isUsable {
      throw arguments.wrong("--\(name) \(arguments.text(name) ?? "") cannot be used")
    }
    search = AdamWSearch(
      rate: arguments.text("rates") == nil ? 0.5 : rates[0], steps: arguments.text("steps") == nil ? 10 : steps[0])
    frequencyText = try arguments.text("frequent-in").map { try readText($0) }
    let names = arguments.all("rule").isEmpty ? [RuleRegistry.standardName] : arguments.all("rule")
    rules = try names.map { ($0, try NamedRule($0).only().tokenRule()) }
  }
}
