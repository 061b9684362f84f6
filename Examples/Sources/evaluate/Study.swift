import DeePEn
import ExampleSupport
import Foundation

/// Members alone and together, on the same questions.
///
/// Settings and weights are chosen on the development questions; the test questions are asked once for each row.
struct Study {
  var members: [Member]
  var development: [Question]
  var test: [Question]
  var rates: [Float]
  var steps: [Int]
  var anchors: AnchorSelection

  /// A row of the table.
  struct Row {
    var name: String
    var development: Float
    var test: Score
  }

  /// Asks all questions and returns the table, in Markdown.
  func run() async throws -> String {
    var rows: [Row] = []
    for member in members {
      let alone = try await Ensemble(main: member)
      rows.append(
        Row(
          name: "\(member.name) alone",
          development: try await ask(alone, development, "\(member.name) alone, development").accuracy,
          test: try await ask(alone, test, "\(member.name) alone, test")))
    }
    let scores = rows.map(\.development)
    for main in members.indices where members.count > 1 {
      let order = [main] + members.indices.filter { $0 != main }
      let group = order.map { members[$0] }
      let alignments = try await align(group)
      let title = "\(members[main].name) ← " + group.dropFirst().map(\.name).joined(separator: " + ")
      for (name, weights) in [
        ("Avg", MemberWeights.average), ("Adapt", .adaptive(scores: order.map { scores[$0] })),
      ] {
        let shares = try weights.weights(memberCount: group.count)
        rows.append(try await together(group, alignments, shares: shares, title: "\(title), \(name)"))
      }
    }
    return Table(rows: rows, domains: Set(test.map(\.domain)).sorted()).markdown
  }

  /// Chooses η and T on the development questions, then asks the test questions.
  private func together(
    _ group: [Member], _ alignments: [any Alignment], shares: [Float], title: String
  ) async throws -> Row {
    var best: (ensemble: Ensemble, accuracy: Float, setting: String)?
    for rate in rates {
      for count in steps {
        let fusion = DeePEnFusion(
          alignments: alignments, weights: shares, search: AdamWSearch(rate: rate, steps: count))
        let ensemble = try Ensemble(members: group, fusion: fusion)
        let setting = "η \(rate), T \(count)"
        let accuracy = try await ask(ensemble, development, "\(title), \(setting), development").accuracy
        if best.map({ accuracy > $0.accuracy }) ?? true { best = (ensemble, accuracy, setting) }
      }
    }
    guard let best else {
      throw UsageError(problem: "There is no rate or no number of steps to try.", usage: Evaluate.usage)
    }
    return Row(
      name: "\(title) (\(best.setting))", development: best.accuracy,
      test: try await ask(best.ensemble, test, "\(title), test"))
  }

  private func align(_ group: [Member]) async throws -> [any Alignment] {
    let bar = SharedProgressBar("aligning \(group.map(\.name).joined(separator: ", "))")
    return try CosineAlignmentRule(anchors: anchors).alignments(for: group) { bar.show($0.fraction) }
  }

  private func ask(_ ensemble: Ensemble, _ questions: [Question], _ title: String) async throws -> Score {
    var bar = ProgressBar(title)
    return try await ensemble.score(questions) { bar.show($0) }
  }
}
