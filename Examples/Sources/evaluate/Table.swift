import ExampleSupport

/// Accuracies, in Markdown.
struct Table {
  var rows: [Study.Row]
  var domains: [String]

  var markdown: String {
    let header = ["answers right, %", "development", "**test**"] + domains
    let body = rows.map { row in
      [row.name, percent(row.development), "**\(percent(row.test.accuracy))**"]
        + domains.map { row.test.accuracy(in: $0).map(percent) ?? "–" }
    }
    let rule = header.indices.map { $0 == 0 ? "---" : "---:" }
    return ([header, rule] + body).map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
  }

  private func percent(_ share: Float) -> String {
    let tenths = Int((share * 1000).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
