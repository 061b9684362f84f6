/// Pieces of SVG: numbers without locale, escaped text, the colours that all plots share.
enum SVGText {
  /// Colours that people with colour blindness can tell apart (Okabe and Ito).
  static let colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#5d5d5d", "#000000"]

  /// A colour for a group, the same for the same index.
  static func colour(_ index: Int) -> String { colours[index % colours.count] }

  /// A coordinate, to a tenth.
  static func number(_ value: Double) -> String { ComparisonTable.decimal(value, places: 1) }

  /// Text with XML's special characters escaped and control characters left out.
  static func escaped(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case _ where scalar.value < 32 || scalar.value == 127 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
        result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
  }

  /// A line of text.
  static func text(
    _ content: String, x: Double, y: Double, anchor: String = "start", size: Int = 12, colour: String = "#222"
  ) -> String {
    "<text x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\" font-size=\"\(size)\" fill=\"\(colour)\">"
      + "\(escaped(content))</text>"
  }

  /// A straight line.
  static func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, colour: String = "#ddd", width: Double = 1,
    isDashed: Bool = false
  ) -> String {
    "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\" "
      + "stroke=\"\(colour)\" stroke-width=\"\(number(width))\"\(isDashed ? " \(dashes)" : "")/>"
  }

  /// The dash pattern of a line.
  static let dashes = "stroke-dasharray=\"5 3\""

  /// A circle with a tooltip.
  static func circle(_ x: Double, _ y: Double, radius: Double, paint: String, note: String? = nil) -> String {
    let shape = "<circle cx=\"\(number(x))\" cy=\"\(number(y))\" r=\"\(number(radius))\" \(paint)"
    return note.map { "\(shape)><title>\(escaped($0))</title></circle>" } ?? "\(shape)/>"
  }

  /// A whole picture on a white ground, with the lines of its title.
  static func picture(width: Double, height: Double, title: [String], _ parts: [String]) -> String {
    let frame = "width=\"\(number(width))\" height=\"\(number(height))\""
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(number(width)) \(number(height))" \(frame) \
      font-family="system-ui, sans-serif" role="img" aria-label="\(escaped(title.joined(separator: " ")))">
      <rect \(frame) fill="#fff"/>
      \(PlotText.block(title, x: 12, y: 22, size: 15, spacing: 19).joined(separator: "\n"))
      \(parts.joined(separator: "\n"))
      </svg>
      """
  }
}
