/// Points in a plane, coloured by group; some of them hollow.
package struct ScatterPlot: Sendable {
  /// A point.
  package struct Point: Sendable, Hashable {
    /// The x coordinate.
    package var x: Double
    /// The y coordinate.
    package var y: Double
    /// The group; points of one group have one colour and a line in the legend.
    package var group: String
    /// Whether only its outline is drawn.
    package var isHollow: Bool
    /// The tooltip.
    package var note: String

    /// Creates a point.
    package init(x: Double, y: Double, group: String, isHollow: Bool = false, note: String = "") {
      self.x = x
      self.y = y
      self.group = group
      self.isHollow = isHollow
      self.note = note
    }
  }

  /// The title.
  package var title: String
  /// The label of the x axis.
  package var xLabel: String
  /// The label of the y axis.
  package var yLabel: String
  /// The points.
  package var points: [Point]
  /// The legend's text for hollow points.
  package var hollowLabel: String?

  /// Creates a plot.
  package init(_ title: String, xLabel: String, yLabel: String, points: [Point], hollowLabel: String? = nil) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.points = points
    self.hollowLabel = hollowLabel
  }

  /// The plot as a picture.
  package var svg: String {
    let groups = points.reduce(into: [String]()) { if !$0.contains($1.group) { $0.append($1.group) } }
    var legend = groups.enumerated().map { (PlotFrame.Sign.point(colour: SVGText.colour($0)), $1) }
    if let hollowLabel { legend.append((.hollow, hollowLabel)) }
    let frame = PlotFrame(
      PlotFrame.Words(title: title, xLabel: xLabel, yLabel: yLabel), points: points.map { ($0.x, $0.y) },
      legend: legend, size: (480, 420), hasGrid: true)
    let parts = points.compactMap { point -> String? in
      guard let position = frame.position((point.x, point.y)) else { return nil }
      let colour = SVGText.colour(groups.firstIndex(of: point.group) ?? 0)
      let paint = point.isHollow ? "fill=\"none\" stroke=\"\(colour)\"" : "fill=\"\(colour)\" fill-opacity=\"0.6\""
      return SVGText.circle(position.x, position.y, radius: 3.5, paint: paint, note: point.note)
    }
    return frame.svg(parts)
  }
}
