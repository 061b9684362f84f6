/// Horizontal bars with intervals, one a row.
public struct BarChart: Sendable {
  /// A bar.
  public struct Bar: Sendable, Hashable {
    /// What it stands for.
    public var name: String
    /// Its length.
    public var value: Double
    /// The interval, where there is one.
    public var interval: ClosedRange<Double>?
    /// Bars of one group have one colour.
    public var group: Int

    /// Makes a bar.
    public init(_ name: String, _ value: Double, interval: ClosedRange<Double>? = nil, group: Int = 0) {
      self.name = name
      self.value = value
      self.interval = interval
      self.group = group
    }
  }

  /// What stands above.
  public var title: String
  /// What the lengths are.
  public var unit: String
  /// The bars, from the top.
  public var bars: [Bar]

  /// Makes a chart.
  public init(_ title: String, unit: String, bars: [Bar]) {
    self.title = title
    self.unit = unit
    self.bars = bars
  }

  /// The chart as a picture.
  public var svg: String {
    let longest = min(bars.map(\.name.count).max() ?? 0, 64)
    let left = Double(longest) * 6.4 + 20
    let width = left + 420
    let bottom = 40 + Double(bars.count) * 22
    let axis = PlotAxis(
      bars.flatMap { [$0.value, $0.interval?.lowerBound ?? 0, $0.interval?.upperBound ?? 0, 0] },
      places: left...width - 60)
    var parts: [String] = []
    for tick in axis.ticks {
      guard let x = axis.place(of: tick) else { continue }
      parts.append(SVGText.line(x, 36, x, bottom))
      parts.append(SVGText.text(axis.label(tick), x: x, y: bottom + 16, anchor: "middle"))
    }
    parts.append(SVGText.text(unit, x: (left + width - 60) / 2, y: bottom + 34, anchor: "middle"))
    for (row, bar) in bars.enumerated() {
      let y = 40 + Double(row) * 22
      let name = bar.name.count > 64 ? bar.name.prefix(63) + "…" : bar.name[...]
      parts.append(SVGText.text(String(name), x: left - 8, y: y + 14, anchor: "end", size: 11))
      guard let zero = axis.place(of: 0), let end = axis.place(of: bar.value) else { continue }
      parts.append(
        "<rect x=\"\(SVGText.number(min(zero, end)))\" y=\"\(SVGText.number(y + 3))\" "
          + "width=\"\(SVGText.number(abs(end - zero)))\" height=\"14\" fill=\"\(SVGText.colour(bar.group))\" "
          + "fill-opacity=\"0.75\"/>")
      var edge = max(zero, end)
      if let interval = bar.interval, let low = axis.place(of: interval.lowerBound),
        let high = axis.place(of: interval.upperBound)
      {
        parts.append(SVGText.line(low, y + 10, high, y + 10, colour: "#222", width: 1.5))
        edge = max(edge, high)
      }
      parts.append(SVGText.text(ComparisonTable.decimal(bar.value, places: 1), x: edge + 6, y: y + 14, size: 11))
    }
    return SVGText.picture(width: width, height: bottom + 46, title: title, parts)
  }
}
