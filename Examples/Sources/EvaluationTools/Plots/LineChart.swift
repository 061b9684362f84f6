/// Lines through points, with a legend.
public struct LineChart: Sendable {
  /// A line in a plot.
  public struct Series: Sendable, Hashable {
    /// The name in the legend.
    public var name: String
    /// The points.
    public var points: [Point]

    /// Creates a line.
    public init(name: String, points: [Point]) {
      self.name = name
      self.points = points
    }
  }

  /// A point of a line.
  public struct Point: Sendable, Hashable {
    /// The x coordinate.
    public var x: Double
    /// The y coordinate.
    public var y: Double

    /// Creates a point.
    public init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// The title.
  var title: String
  /// The label of the x axis.
  var xLabel: String
  /// The label of the y axis.
  var yLabel: String
  /// The lines.
  var series: [Series]
  /// Whether the x axis is logarithmic.
  var hasLogarithmicX: Bool

  /// Creates a chart.
  public init(
    _ title: String, xLabel: String, yLabel: String, series: [Series], hasLogarithmicX: Bool = false
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.series = series
    self.hasLogarithmicX = hasLogarithmicX
  }

  /// The chart as a picture.
  public var svg: String {
    let signs = series.indices.map { index in
      PlotFrame.Sign.line(colour: SVGText.colour(index), isDashed: index >= SVGText.colours.count)
    }
    let frame = PlotFrame(
      PlotFrame.Words(title: title, xLabel: xLabel, yLabel: yLabel),
      points: series.flatMap(\.points).map { ($0.x, $0.y) }, legend: Array(zip(signs, series.map(\.name))),
      size: (456, 280), hasLogarithmicX: hasLogarithmicX)
    var parts: [String] = []
    for (index, line) in series.enumerated() {
      let colour = SVGText.colour(index)
      let dashes = index < SVGText.colours.count ? "" : " \(SVGText.dashes)"
      let positions = line.points.compactMap { frame.position(($0.x, $0.y)) }
      let path = positions.map { "\(SVGText.number($0.x)),\(SVGText.number($0.y))" }.joined(separator: " ")
      parts.append("<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\"\(dashes)/>")
      parts += positions.map { SVGText.circle($0.x, $0.y, radius: 3, paint: "fill=\"\(colour)\"") }
    }
    return frame.svg(parts)
  }
}
