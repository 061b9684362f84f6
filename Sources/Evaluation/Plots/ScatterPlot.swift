/// Points in a plane, coloured by group; some of them hollow.
public struct ScatterPlot: Sendable {
  /// A point.
  public struct Point: Sendable, Hashable {
    /// Along the bottom.
    public var x: Double
    /// Along the side.
    public var y: Double
    /// Points of one group have one colour and a line in the legend.
    public var group: String
    /// Whether only its outline is drawn.
    public var isHollow: Bool
    /// What is shown when the pointer rests on it.
    public var note: String

    /// Makes a point.
    public init(x: Double, y: Double, group: String, isHollow: Bool = false, note: String = "") {
      self.x = x
      self.y = y
      self.group = group
      self.isHollow = isHollow
      self.note = note
    }
  }

  /// What stands above.
  public var title: String
  /// What lies along the bottom.
  public var xLabel: String
  /// What lies along the side.
  public var yLabel: String
  /// The points.
  public var points: [Point]
  /// What hollow points are.
  public var hollowLabel: String?

  /// Makes a plot.
  public init(_ title: String, xLabel: String, yLabel: String, points: [Point], hollowLabel: String? = nil) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.points = points
    self.hollowLabel = hollowLabel
  }

  /// The plot as a picture.
  public var svg: String {
    let (left, right, top, bottom) = (64.0, 544.0, 60.0, 480.0)
    let x = PlotAxis(points.map(\.x), places: left...right)
    let y = PlotAxis(points.map(\.y), places: -bottom...(-top))
    var parts: [String] = []
    for tick in y.ticks {
      guard let place = y.place(of: tick) else { continue }
      parts.append(SVGText.line(left, -place, right, -place))
      parts.append(SVGText.text(y.label(tick), x: left - 6, y: -place + 4, anchor: "end", size: 11))
    }
    for tick in x.ticks {
      guard let place = x.place(of: tick) else { continue }
      parts.append(SVGText.line(place, top, place, bottom))
      parts.append(SVGText.text(x.label(tick), x: place, y: bottom + 16, anchor: "middle", size: 11))
    }
    parts.append(SVGText.text(xLabel, x: (left + right) / 2, y: bottom + 36, anchor: "middle"))
    parts.append(SVGText.text(yLabel, x: left - 52, y: top - 16, size: 11))
    let groups = points.reduce(into: [String]()) { if !$0.contains($1.group) { $0.append($1.group) } }
    for point in points {
      guard let px = x.place(of: point.x), let py = y.place(of: point.y) else { continue }
      let colour = SVGText.colour(groups.firstIndex(of: point.group) ?? 0)
      let paint = point.isHollow ? "fill=\"none\" stroke=\"\(colour)\"" : "fill=\"\(colour)\" fill-opacity=\"0.6\""
      parts.append(
        "<circle cx=\"\(SVGText.number(px))\" cy=\"\(SVGText.number(-py))\" r=\"3.5\" \(paint)>"
          + "<title>\(SVGText.escaped(point.note))</title></circle>")
    }
    for (index, group) in groups.enumerated() {
      let legend = top + Double(index) * 18
      parts.append(
        "<circle cx=\"\(SVGText.number(right + 22))\" cy=\"\(SVGText.number(legend + 6))\" r=\"4\" "
          + "fill=\"\(SVGText.colour(index))\"/>")
      parts.append(SVGText.text(group, x: right + 32, y: legend + 10, size: 11))
    }
    if let hollowLabel {
      let legend = top + Double(groups.count) * 18
      parts.append(
        "<circle cx=\"\(SVGText.number(right + 22))\" cy=\"\(SVGText.number(legend + 6))\" r=\"4\" fill=\"none\" "
          + "stroke=\"#222\"/>")
      parts.append(SVGText.text(hollowLabel, x: right + 32, y: legend + 10, size: 11))
    }
    let longest = (groups + [hollowLabel ?? ""]).map(\.count).max() ?? 0
    return SVGText.picture(
      width: right + 50 + Double(longest) * 6.4, height: bottom + 48, title: title, parts)
  }
}
