package import Evaluation

/// A comparison as a table in Markdown.
package struct ComparisonTable: Sendable {
  private let standings: [Standing]
  private let baseline: String

  /// Collects a comparison's results.
  ///
  /// - Throws: ``EvaluationError`` where results are missing.
  package init(_ outcome: Comparison.Outcome, bootstrap: Bootstrap = Bootstrap()) throws {
    baseline = outcome.baseline
    standings = try Standing.standings(
      of: outcome.results, contestants: outcome.contestants.map(\.name), baseline: outcome.baseline,
      bootstrap: bootstrap)
  }

  /// The columns: score with interval, difference to the baseline with interval, bits per byte, tokens per second, the
  /// number of items without an answer if there are any; then the groups. Failures follow, one line per row with its
  /// commonest reason.
  package var markdown: String {
    let groups = Set(standings.flatMap(\.groups.keys)).sorted()
    let hasFailures = standings.contains { $0.failures.failureCount > 0 }
    let extra = hasFailures ? ["no answer"] : []
    let header = ["", "right, %", "over \(baseline), points", "bits a byte", "tokens/s"] + extra + groups
    let body = standings.map { row -> [String] in
      var cells = [row.contestant]
      cells.append(row.score.map { "**\(percent($0.value))** (\(percent($0.low))–\(percent($0.high)))" } ?? "–")
      cells.append(row.difference.map { "\(signed($0.value)) (\(signed($0.low)) to \(signed($0.high)))" } ?? "–")
      cells.append(row.bitsPerByte.map { Self.decimal($0.value, places: 3) } ?? "–")
      cells.append(Self.decimal(row.tokensPerSecond, places: 0))
      if hasFailures { cells.append("\(row.failures.failureCount)") }
      return cells + groups.map { row.groups[$0].map(percent) ?? "–" }
    }
    let rule = header.indices.map { $0 == 0 ? "---" : "---:" }
    let table = ([header, rule] + body).map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
    let notes = standings.compactMap(\.failures.summary).map { "- " + $0.replacing("\n", with: " ") }
    return notes.isEmpty ? table : table + "\n\n" + notes.joined(separator: "\n")
  }

  private func percent(_ share: Double) -> String { Self.decimal(share * 100, places: 1) }

  private func signed(_ share: Double) -> String {
    let text = percent(abs(share))
    return share < 0 && text != "0.0" ? "−\(text)" : "+\(text)"
  }

  /// A number with a given count of decimals, in any locale.
  static func decimal(_ value: Double, places: Int) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
    let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
    let rounded = Int((abs(value) * scale).rounded())
    let (whole, rest) = rounded.quotientAndRemainder(dividingBy: Int(scale))
    let digits = String(rest)
    let fraction = places == 0 ? "" : "." + String(repeating: "0", count: places - digits.count) + digits
    return (value < 0 && rounded != 0 ? "-" : "") + "\(whole)\(fraction)"
  }
}
