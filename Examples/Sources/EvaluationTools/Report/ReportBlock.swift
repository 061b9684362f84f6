/// A piece of a report, to be written as HTML or Markdown.
enum ReportBlock {
  case title(String)
  case heading(String)
  case paragraph(String)
  case table(columns: [String], rows: [[String]])
  /// An SVG picture; HTML only.
  case picture(String)
  case code(String)

  var html: String {
    switch self {
    case .title(let text): "<h1>\(SVGText.escaped(text))</h1>"
    case .heading(let text): "<h2>\(SVGText.escaped(text))</h2>"
    case .paragraph(let text): "<p>\(SVGText.escaped(text))</p>"
    case .picture(let svg): "<div class=\"wide\">\(svg)</div>"
    case .code(let text): "<pre>\(SVGText.escaped(text))</pre>"
    case .table(let columns, let rows):
      "<div class=\"wide\"><table>\n\(Self.row(columns, "th"))\n"
        + rows.map { Self.row($0, "td") }.joined(separator: "\n") + "\n</table></div>"
    }
  }

  /// Markdown; `nil` for content that it cannot hold.
  var markdown: String? {
    switch self {
    case .title(let text): "# \(Self.escaped(text))"
    case .heading(let text): "## \(Self.escaped(text))"
    case .paragraph(let text): Self.escaped(text)
    case .picture: nil
    case .code(let text):
      // Indented, so that no word of the text can end the block.
      text.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }.joined(separator: "\n")
    case .table(let columns, let rows):
      ([columns, columns.indices.map { $0 == 0 ? "---" : "---:" }] + rows.map { $0.map(Self.escaped) })
        .map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
    }
  }

  private static func row(_ cells: [String], _ tag: String) -> String {
    "<tr>" + cells.map { "<\(tag)>\(SVGText.escaped($0))</\(tag)>" }.joined() + "</tr>"
  }

  /// Text in one line with Markdown's special characters escaped.
  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text {
      if "\\`*_[]<>|".contains(character) { escaped.append("\\") }
      escaped.append(character.isNewline ? " " : character)
    }
    return escaped
  }
}
