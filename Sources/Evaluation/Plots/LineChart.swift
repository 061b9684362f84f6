/// Lines through points, with a legend.
public struct LineChart: Sendable {
  /// What stands above.
  public var title: String
  /// What lies along the bottom.
  public var xLabel: String
  /// What lies along the side.
  public var yLabel: String
  /// The lines.
  public var series: [StudyResult.Series]
  /// Whether equal ratios are equally far apart along the bottom.
  public var hasLogarithmicX: Bool

  /// Makes a chart.
  public init(
    _ title: String, xLabel: String, yLabel: String, series: [StudyResult.Series], hasLogarithmicX: Bool = false
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.series = series
    self.hasLogarithmicX = hasLogarithmicX
  }

  /// The chart as a picture.
  public var svg: String {
    let (left, right, top) = (64.0, 520.0, 60.0)
    let bottom = max(340, top + Double(series.count) * 18)
    let points = series.flatMap(\.points)
    let x = PlotAxis(points.map(\.x), places: left...right, isLogarithmic: hasLogarithmicX)
    let y = PlotAxis(points.map(\.y), places: -bottom...(-top))
    var parts: [String] = []
    for tick in y.ticks {
      guard let place = y.place(of: tick) else { continue }
      parts.append(SVGText.line(left, -place, right, -place))
      parts.append(SVGText.text(y.label(tick), x: left - 6, y: -place + 4, anchor: "end", size: 11))
    }
    for tick in x.ticks {
      guard let place = x.place(of: tick) else { continue }
      parts.append(SVGText.line(place, bottom, place, bottom + 4, colour: "#222"))
      parts.append(SVGText.text(x.label(tick), x: place, y: bottom + 18, anchor: "middle", size: 11))
    }
    parts.append(SVGText.text(xLabel, x: (left + right) / 2, y: bottom + 38, anchor: "middle"))
    parts.append(SVGText.text(yLabel, x: left - 52, y: top - 16, size: 11))
    for (index, line) in series.enumerated() {
      let colour = SVGText.colour(index)
      let dashes = index / SVGText.colours.count == 0 ? "" : " stroke-dasharray=\"5 3\""
      let places = line.points.compactMap { point in
        x.place(of: point.x).flatMap { px in y.place(of: point.y).map { (px, -$0) } }
      }
      let path = places.map { "\(SVGText.number($0.0)),\(SVGText.number($0.1))" }.joined(separator: " ")
      parts.append("<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\"\(dashes)/>")
      for place in places {
        parts.append(
          "<circle cx=\"\(SVGText.number(place.0))\" cy=\"\(SVGText.number(place.1))\" r=\"3\" fill=\"\(colour)\"/>")
      }
      let legend = top + Double(index) * 18
      parts.append(SVGText.line(right + 16, legend + 6, right + 36, legend + 6, colour: colour, width: 2))
      parts.append(SVGText.text(line.name, x: right + 42, y: legend + 10, size: 11))
    }
    let longest = series.map(\.name.count).max() ?? 0
    return SVGText.picture(
      width: right + 60 + Double(longest) * 6.4, height: bottom + 50, title: title, parts)
  }
}
