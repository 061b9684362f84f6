/// A comparison as a page that needs nothing but itself.
public struct ComparisonReport: Sendable {
  private let outcome: Comparison.Outcome
  private let standings: [Standing]
  private let command: String
  private let bootstrap: Bootstrap

  /// Adds up a comparison's results.
  ///
  /// - Parameters:
  ///   - outcome: The comparison.
  ///   - command: The command that made it, to be shown.
  ///   - bootstrap: How intervals are made.
  /// - Throws: ``EvaluationError`` where results are missing.
  public init(_ outcome: Comparison.Outcome, command: String, bootstrap: Bootstrap = Bootstrap()) throws {
    self.outcome = outcome
    self.command = command
    self.bootstrap = bootstrap
    standings = try Standing.standings(
      of: outcome.results, contestants: outcome.contestants.map(\.name), baseline: outcome.baseline,
      bootstrap: bootstrap)
  }

  /// The scores with their intervals as bars; members alone in one colour, ensembles in another.
  public var chart: BarChart {
    BarChart(
      "Right answers with 95 % intervals", unit: "%",
      bars: standings.compactMap { row in
        row.score.map {
          BarChart.Bar(
            row.contestant, 100 * $0.value, interval: 100 * $0.low...100 * $0.high,
            group: row.contestant.contains("←") ? 0 : 1)
        }
      })
  }

  /// The page.
  public var html: String {
    let groups = Set(standings.flatMap(\.groups.keys)).sorted()
    let failed = outcome.results.filter { $0.error != nil }
    let failures =
      failed.isEmpty
      ? ""
      : "<h2>Errors</h2>" + table(["row", "item", "error"], failed.map { [$0.contestant, $0.item, $0.error ?? ""] })
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Comparison of members and ensembles</title>
      <style>
      body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
      .wide { overflow-x: auto; } table { border-collapse: collapse; font-size: 0.85rem; }
      th, td { padding: 0.25rem 0.6rem; border-bottom: 1px solid #ddd; text-align: right; white-space: nowrap; }
      th:first-child, td:first-child { text-align: left; } pre { background: #f4f4f4; padding: 0.8rem; overflow-x: auto; }
      svg { max-width: 100%; height: auto; }
      </style></head><body>
      <h1>Members alone and together</h1>
      <p>\(Set(outcome.results.map(\.item)).count) items, asked once for each row. Intervals hold 95 % of \(bootstrap.resamples) resamples of the
      items; differences are to \(SVGText.escaped(outcome.baseline)), on the same resamples. A difference whose interval holds zero may be chance. Bits a byte are of the expected answers; less is better.</p>
      <div class="wide">\(chart.svg)</div>
      <h2>All items</h2>
      \(table(["", "right, %", "interval", "difference, points", "interval", "p (not better)", "bits a byte", "tokens/s"], standings.map(overall)))
      <h2>By group, right, %</h2>
      \(table([""] + groups, standings.map { row in [row.contestant] + groups.map { row.groups[$0].map(percent) ?? "–" } }))
      \(failures)
      <h2>Command</h2>
      <pre>\(SVGText.escaped(command))</pre>
      </body></html>
      """
  }

  private func overall(_ row: Standing) -> [String] {
    func interval(_ estimate: Bootstrap.Estimate?) -> String {
      estimate.map { "\(percent($0.low)) to \(percent($0.high))" } ?? "–"
    }
    return [
      row.contestant, row.score.map { percent($0.value) } ?? "–", interval(row.score),
      row.difference.map { percent($0.value) } ?? "–", interval(row.difference),
      row.difference.map { ComparisonTable.decimal($0.shareNotPositive, places: 3) } ?? "–",
      row.bitsPerByte.map { ComparisonTable.decimal($0.value, places: 3) } ?? "–",
      ComparisonTable.decimal(row.tokensPerSecond, places: 0),
    ]
  }

  private func table(_ columns: [String], _ rows: [[String]]) -> String {
    func row(_ cells: [String], _ tag: String) -> String {
      "<tr>" + cells.map { "<\(tag)>\(SVGText.escaped($0))</\(tag)>" }.joined() + "</tr>"
    }
    return "<div class=\"wide\"><table>\n\(row(columns, "th"))\n"
      + rows.map { row($0, "td") }.joined(separator: "\n") + "\n</table></div>"
  }

  private func percent(_ share: Double) -> String { ComparisonTable.decimal(share * 100, places: 1) }
}
