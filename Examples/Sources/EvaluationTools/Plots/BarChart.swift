/// Horizontal bars with intervals, one per row.
package struct BarChart: Sendable {
  /// A bar.
  package struct Bar: Sendable, Hashable {
    /// The label.
    package var name: String
    /// The length.
    package var value: Double
    /// The interval, if there is one.
    package var interval: ClosedRange<Double>?
    /// The group; bars of one group have one colour.
    package var group: Int

    /// Creates a bar.
    package init(_ name: String, _ value: Double, interval: ClosedRange<Double>? = nil, group: Int = 0) {
      self.name = name
      self.value = value
      self.interval = interval
      self.group = group
    }
  }

  /// The title.
  package var title: String
  /// The unit of the lengths.
  package var unit: String
  /// The bars, from the top.
  package var bars: [Bar]

  /// Creates a chart.
  package init(_ title: String, unit: String, bars: [Bar]) {
    self.title = title
    self.unit = unit
    self.bars = bars
  }

  /// The chart as a picture.
  package var svg: String {
    let names = bars.map { PlotText.lines($0.name, width: Self.nameWidth) }
    let left = (names.joined().map { PlotText.width($0) }.max() ?? 0) + 20
    let right = left + 360
    let width = right + 60
    let titleLines = PlotText.lines(title, width: width - 24, size: 15)
    let unitLines = PlotText.lines(unit, width: right - left)
    let top = 21 + Double(titleLines.count) * 19
    let heights = names.map { Double($0.count - 1) * 13 + 22 }
    let bottom = top + heights.reduce(0, +)
    let axis = PlotAxis(
      bars.flatMap { [$0.value, $0.interval?.lowerBound ?? 0, $0.interval?.upperBound ?? 0, 0] },
      positions: left...right)
    var parts: [String] = []
    for tick in axis.ticks {
      guard let x = axis.position(of: tick) else { continue }
      parts.append(SVGText.line(x, top - 4, x, bottom))
      parts.append(SVGText.text(axis.label(tick), x: x, y: bottom + 16, anchor: "middle"))
    }
    parts += PlotText.block(unitLines, x: (left + right) / 2, y: bottom + 34, anchor: "middle", size: 12)
    var y = top
    for (row, bar) in bars.enumerated() {
      defer { y += heights[row] }
      let middle = y + heights[row] / 2
      let first = middle + 4 - Double(names[row].count - 1) * 6.5
      parts += PlotText.block(names[row], x: left - 8, y: first, anchor: "end", spacing: 13)
      guard let zero = axis.position(of: 0), let end = axis.position(of: bar.value) else { continue }
      parts.append(
        "<rect x=\"\(SVGText.number(min(zero, end)))\" y=\"\(SVGText.number(middle - 8))\" "
          + "width=\"\(SVGText.number(abs(end - zero)))\" height=\"14\" fill=\"\(SVGText.colour(bar.group))\" "
          + "fill-opacity=\"0.75\"/>")
      var edge = max(zero, end)
      if let interval = bar.interval, let low = axis.position(of: interval.lowerBound),
        let high = axis.position(of: interval.upperBound)
      {
        parts.append(SVGText.line(low, middle - 1, high, middle - 1, colour: "#222", width: 1.5))
        edge = max(edge, high)
      }
      parts.append(SVGText.text(axis.figure(bar.value), x: edge + 6, y: middle + 3, size: 11))
    }
    return SVGText.picture(
      width: width, height: bottom + 32 + Double(unitLines.count) * 14, title: titleLines, parts)
  }

  /// The maximum width of a line of a name.
  private static let nameWidth = 400.0
}
