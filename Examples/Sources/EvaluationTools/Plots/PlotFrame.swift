/// The common parts of point plots: a title, two axes with ticks, and a legend beside them. Text is broken into lines.
struct PlotFrame {
  /// The symbol of a legend's entry.
  enum Sign {
    /// A line in a colour, dashed or not.
    case line(colour: String, isDashed: Bool)
    /// A point in a colour.
    case point(colour: String)
    /// An unfilled point.
    case hollow
  }

  /// The texts.
  struct Words {
    var title: String
    var xLabel: String
    var yLabel: String
  }

  private static let legendWidth = 210.0
  private static let titleSize = 15

  private let words: Words
  private let legend: [(sign: Sign, lines: [String])]
  private let hasGrid: Bool
  private let left: Double
  private let right: Double
  private let top: Double
  private let bottom: Double
  private let x: PlotAxis
  private let y: PlotAxis

  /// Creates a frame around some points.
  ///
  /// - Parameters:
  ///   - words: The texts.
  ///   - points: The points that the frame contains.
  ///   - legend: The entries of the legend.
  ///   - size: The minimum size of the space between the axes.
  ///   - hasLogarithmicX: Whether the x axis is logarithmic.
  ///   - hasGrid: Whether the ticks of the x axis are lines through the picture.
  init(
    _ words: Words, points: [(x: Double, y: Double)], legend: [(sign: Sign, name: String)],
    size: (width: Double, height: Double), hasLogarithmicX: Bool = false, hasGrid: Bool = false
  ) {
    self.words = words
    self.hasGrid = hasGrid
    self.legend = legend.map { ($0.sign, PlotText.lines($0.name, width: Self.legendWidth)) }
    let marks = PlotAxis(points.map(\.y), positions: 0...1)
    left = max(64, 24 + (marks.ticks.map { PlotText.width(marks.label($0)) }.max() ?? 0))
    right = left + size.width
    let lines = PlotText.lines(words.title, width: right + Self.legendWidth, size: Self.titleSize).count
    let labels = PlotText.lines(words.yLabel, width: size.width).count
    top = 44 + Double(lines) * 19 + Double(labels - 1) * 14
    let rows = self.legend.reduce(0) { $0 + $1.lines.count }
    bottom = max(top + size.height, top + Double(rows) * 14 + Double(legend.count) * 4)
    x = PlotAxis(points.map(\.x), positions: left...right, isLogarithmic: hasLogarithmicX)
    y = PlotAxis(points.map(\.y), positions: -bottom...(-top))
  }

  /// The position of a point; `nil` for one that has none.
  func position(_ point: (x: Double, y: Double)) -> (x: Double, y: Double)? {
    guard let x = x.position(of: point.x), let y = y.position(of: point.y) else { return nil }
    return (x, -y)
  }

  /// The picture, with contents drawn inside the frame.
  func svg(_ marks: [String]) -> String {
    let title = PlotText.lines(words.title, width: right + Self.legendWidth, size: Self.titleSize)
    let xLines = PlotText.lines(words.xLabel, width: right - left)
    let yLines = PlotText.lines(words.yLabel, width: right - left)
    var parts = yAxis + xAxis + marks + legendParts
    parts += PlotText.block(xLines, x: (left + right) / 2, y: bottom + 38, anchor: "middle")
    parts += PlotText.block(yLines, x: 12, y: top - 16 - Double(yLines.count - 1) * 14)
    let widest = legend.flatMap(\.lines).map { PlotText.width($0) }.max() ?? 0
    let titleWidth = title.map { PlotText.width($0, size: Self.titleSize) }.max() ?? 0
    return SVGText.picture(
      width: max(right + 58 + widest, 24 + titleWidth), height: bottom + 36 + Double(xLines.count) * 14, title: title,
      parts)
  }

  private var yAxis: [String] {
    y.ticks.flatMap { tick -> [String] in
      guard let position = y.position(of: tick) else { return [] }
      return [
        SVGText.line(left, -position, right, -position),
        SVGText.text(y.label(tick), x: left - 6, y: -position + 4, anchor: "end", size: 11),
      ]
    }
  }

  /// Ticks of the x axis; a label that would touch the previous one is left out.
  private var xAxis: [String] {
    var end = -Double.infinity
    return x.ticks.flatMap { tick -> [String] in
      guard let position = x.position(of: tick) else { return [] }
      let mark =
        hasGrid
        ? SVGText.line(position, top, position, bottom)
        : SVGText.line(position, bottom, position, bottom + 4, colour: "#222")
      let label = x.label(tick)
      let half = PlotText.width(label) / 2
      guard position - half > end + 4 else { return [mark] }
      end = position + half
      return [mark, SVGText.text(label, x: position, y: bottom + 18, anchor: "middle", size: 11)]
    }
  }

  private var legendParts: [String] {
    var y = top
    return legend.flatMap { entry in
      defer { y += Double(entry.lines.count) * 14 + 4 }
      return [sign(entry.sign, at: y + 6)] + PlotText.block(entry.lines, x: right + 42, y: y + 10)
    }
  }

  private func sign(_ sign: Sign, at y: Double) -> String {
    switch sign {
    case .line(let colour, let isDashed):
      return SVGText.line(right + 16, y, right + 36, y, colour: colour, width: 2, isDashed: isDashed)
    case .point(let colour): return SVGText.circle(right + 26, y, radius: 4, paint: "fill=\"\(colour)\"")
    case .hollow: return SVGText.circle(right + 26, y, radius: 4, paint: "fill=\"none\" stroke=\"#222\"")
    }
  }
}
