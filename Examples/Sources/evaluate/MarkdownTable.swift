/// A table in Markdown; the first column is text, the others are numbers.
struct MarkdownTable {
  var columns: [String]
  var rows: [[String]]

  var text: String {
    let rule = columns.indices.map { $0 == 0 ? "---" : "---:" }
    return ([columns, rule] + rows).map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
  }
}
