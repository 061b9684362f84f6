package import Evaluation

/// A comparison as a page or as Markdown: tables with intervals, controls, settings, and the command behind it.
package struct ComparisonReport: Sendable {
  private let outcome: Comparison.Outcome
  private let standings: [Standing]
  private let command: String
  private let settings: [(name: String, value: String)]
  private let controls: [ControlFindings]
  private let notes: [String]
  private let bootstrap: Bootstrap

  /// Collects a comparison's results.
  ///
  /// - Parameters:
  ///   - outcome: The comparison.
  ///   - command: The command that ran it, to be shown.
  ///   - settings: The settings, to be shown.
  ///   - controls: The gains of the ensembles over controls; none where they were not measured.
  ///   - notes: Sentences to be shown under the table, such as an ``AnswerHint``.
  ///   - bootstrap: The settings of the intervals.
  /// - Throws: ``EvaluationError`` where results are missing.
  package init(
    _ outcome: Comparison.Outcome, command: String, settings: [(name: String, value: String)] = [],
    controls: [ControlFindings] = [], notes: [String] = [], bootstrap: Bootstrap = Bootstrap()
  ) throws {
    self.outcome = outcome
    self.command = command
    self.settings = settings
    self.controls = controls
    self.notes = notes
    self.bootstrap = bootstrap
    standings = try Standing.standings(
      of: outcome.results, contestants: outcome.contestants.map(\.name), baseline: outcome.baseline,
      bootstrap: bootstrap)
  }

  /// The scores with their intervals as bars; members alone in one colour, ensembles in another.
  package var chart: BarChart {
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

  /// The report in a format.
  package func text(_ format: ReportFormat) -> String {
    switch format {
    case .html: html
    case .markdown: markdown
    }
  }

  /// The page.
  package var html: String {
    """
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
    \(blocks.map(\.html).joined(separator: "\n"))
    </body></html>
    """
  }

  /// The report in Markdown, without the chart.
  package var markdown: String { blocks.compactMap(\.markdown).joined(separator: "\n\n") + "\n" }

  private var blocks: [ReportBlock] {
    let groups = Set(standings.flatMap(\.groups.keys)).sorted()
    var blocks: [ReportBlock] = [
      .title("Members alone and together"),
      .paragraph(
        "\(Set(outcome.results.map(\.item)).count) items, asked once for each row. Intervals hold 95 % of "
          + "\(bootstrap.resamples) resamples of the items; differences are to \(outcome.baseline), on the same "
          + "resamples. A difference whose interval holds zero may be chance. Bits a byte are of the expected answers; "
          + "less is better."
      ),
      .picture(chart.svg), .heading("All items"), overallTable,
    ]
    blocks += notes.map { .paragraph($0) }
    blocks += [
      .heading("By group, right, %"),
      .table(
        columns: [""] + groups,
        rows: standings.map { row in [row.contestant] + groups.map { row.groups[$0].map(percent) ?? "–" } }),
    ]
    blocks += controlBlocks
    let failed = outcome.results.filter { $0.error != nil }
    if !failed.isEmpty {
      blocks.append(.heading("Errors"))
      blocks += standings.compactMap(\.failures.summary).map { .paragraph($0) }
      blocks.append(
        .table(columns: ["row", "item", "error"], rows: failed.map { [$0.contestant, $0.item, $0.error ?? ""] }))
    }
    if !settings.isEmpty {
      blocks.append(.heading("Settings"))
      blocks.append(.table(columns: ["setting", "value"], rows: settings.map { [$0.name, $0.value] }))
    }
    return blocks + [.heading("Command"), .code(command)]
  }

  private var overallTable: ReportBlock {
    let hasFailures = standings.contains { $0.failures.failureCount > 0 }
    let columns = [
      "", "right, %", "interval", "difference, points", "interval", "p (not better)", "bits a byte", "interval",
      "tokens/s",
    ]
    return .table(
      columns: columns + (hasFailures ? ["no answer"] : []),
      rows: standings.map { row in
        [
          row.contestant, row.score.map { percent($0.value) } ?? "–", interval(row.score, percent),
          row.difference.map { percent($0.value) } ?? "–", interval(row.difference, percent),
          row.difference.map { bits($0.shareNotPositive) } ?? "–",
          row.bitsPerByte.map { bits($0.value) } ?? "–", interval(row.bitsPerByte, bits),
          ComparisonTable.decimal(row.tokensPerSecond, places: 0),
        ] + (hasFailures ? ["\(row.failures.failureCount)"] : [])
      })
  }

  private var controlBlocks: [ReportBlock] {
    guard let texts = controls.first?.textCount else { return [] }
    return [
      .heading("Controls, bits a byte"),
      .paragraph(
        "On the expected answers of \(texts) development items. What a row saves beyond the main model at its best "
          + "temperature, tuned on these very answers, is a gain; what a temperature alone gives is none. With "
          + "shuffled assistants, which are as sure of themselves and know nothing, a row must be no better than the "
          + "main model alone."
      ),
      .table(
        columns: ["", "bits a byte", "saved beyond the temperature", "interval", "with shuffled assistants"],
        rows: controls.flatMap { group in
          [
            ["\(group.main) alone", bits(group.bitsPerByte), "–", "–", "–"],
            [
              "\(group.main) alone, temperature \(ComparisonTable.decimal(group.temperature, places: 2))",
              bits(group.bitsPerByteAtTemperature), "–", "–", "–",
            ],
          ]
            + group.rows.map { row in
              [
                row.contestant, row.bitsPerByte.map(bits) ?? "–", row.gain.map { bits($0.value) } ?? "–",
                interval(row.gain, bits), row.shuffledBitsPerByte.map(bits) ?? "–",
              ]
            }
        }),
    ]
  }

  private func interval(_ estimate: Bootstrap.Estimate?, _ figure: (Double) -> String) -> String {
    estimate.map { "\(figure($0.low)) to \(figure($0.high))" } ?? "–"
  }

  private func percent(_ share: Double) -> String { ComparisonTable.decimal(share * 100, places: 1) }

  private func bits(_ value: Double) -> String { ComparisonTable.decimal(value, places: 3) }
}
