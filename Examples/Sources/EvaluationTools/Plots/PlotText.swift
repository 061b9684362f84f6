/// The width of text in a plot, and line breaking.
enum PlotText {
  /// The approximate width of a text in units of the picture: letters of East Asian scripts and emoji count twice.
  static func width(_ text: some StringProtocol, size: Int = 11) -> Double {
    text.reduce(0.0) { $0 + (($1.unicodeScalars.first?.value ?? 0) >= 0x1100 ? 2 : 1) } * Double(size) * 0.58
  }

  /// A text in lines that fit: broken at spaces, and inside words that are too long for a line of their own.
  static func lines(_ text: String, width limit: Double, size: Int = 11) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      let joined = line.isEmpty ? String(word) : "\(line) \(word)"
      if width(joined, size: size) <= limit {
        line = joined
        continue
      }
      if !line.isEmpty { lines.append(line) }
      line = ""
      for letter in word {
        if !line.isEmpty, width(line + String(letter), size: size) > limit {
          lines.append(line)
          line = ""
        }
        line.append(letter)
      }
    }
    return line.isEmpty && !lines.isEmpty ? lines : lines + [line]
  }

  /// Lines below each other.
  ///
  /// - Parameter y: The base of the first line.
  static func block(
    _ lines: [String], x: Double, y: Double, anchor: String = "start", size: Int = 11, spacing: Double = 14
  ) -> [String] {
    lines.enumerated().map { SVGText.text($1, x: x, y: y + Double($0) * spacing, anchor: anchor, size: size) }
  }
}
