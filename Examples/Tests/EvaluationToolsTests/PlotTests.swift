import Foundation
import Testing

@testable import EvaluationTools

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct PlotTests {
  /// Reads a picture as XML and collects every coordinate.
  private final class Reader: NSObject, XMLParserDelegate {
    var frame = (width: 0.0, height: 0.0)
    var coordinates: [(name: String, value: Double)] = []
    /// Each line of text, and the area that it occupies.
    var texts: [(text: String, x: ClosedRange<Double>, y: Double)] = []
    private var open: (attributes: [String: String], text: String)?
    var hasBadNumber = false

    func parser(
      _ parser: XMLParser, didStartElement element: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      if element == "text" { open = (attributes, "") }
      if element == "svg" { frame = (Double(attributes["width"] ?? "") ?? 0, Double(attributes["height"] ?? "") ?? 0) }
      for name in ["x", "y", "x1", "x2", "y1", "y2", "cx", "cy"] {
        guard let text = attributes[name] else { continue }
        if let value = Double(text), value.isFinite { coordinates.append((name, value)) } else { hasBadNumber = true }
      }
      for pair in (attributes["points"] ?? "").split(separator: " ") {
        let numbers = pair.split(separator: ",").compactMap { Double($0) }
        if numbers.count == 2 { coordinates += [("x", numbers[0]), ("y", numbers[1])] } else { hasBadNumber = true }
      }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { open?.text += string }

    func parser(
      _ parser: XMLParser, didEndElement element: String, namespaceURI: String?, qualifiedName: String?
    ) {
      guard element == "text", let (attributes, text) = open else { return }
      open = nil
      let width = Double(text.count) * (Double(attributes["font-size"] ?? "") ?? 0) * 0.5
      let (x, y) = (Double(attributes["x"] ?? "") ?? -1, Double(attributes["y"] ?? "") ?? -1)
      let shares = ["end": 1.0, "middle": 0.5]
      let start = x - width * (shares[attributes["text-anchor"] ?? ""] ?? 0)
      texts.append((text, start...start + width, y))
    }
  }

  private func check(_ svg: String) throws -> Reader {
    let reader = Reader()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = reader
    #expect(parser.parse(), "\(svg)")
    #expect(!reader.hasBadNumber)
    for (name, value) in reader.coordinates {
      let limit = name.contains("x") ? reader.frame.width : reader.frame.height
      #expect(value >= 0 && value <= limit, "\(name) \(value) is outside \(limit)")
    }
    return reader
  }

  /// Texts at one height do not overlap, and all lie in the frame.
  private func checkTexts(_ svg: String) throws -> [String] {
    let reader = try check(svg)
    for (index, one) in reader.texts.enumerated() {
      #expect(one.x.lowerBound >= 0 && one.x.upperBound <= reader.frame.width, "\(one.text) leaves the frame")
      for other in reader.texts.dropFirst(index + 1) where abs(one.y - other.y) < 9 {
        #expect(!one.x.overlaps(other.x), "\(one.text) and \(other.text) overlap")
      }
    }
    return reader.texts.map(\.text)
  }

  @Test(arguments: [1, 3, 12]) func longWordsAreBrokenAndNothingIsCut(lines: Int) throws {
    let long = "atlas ← scholar + wordsmith, by=perplexity usual=" + String(repeating: "atlas:1.501/", count: 9)
    let title = String(repeating: "How much one thing depends on another ", count: 4)
    let counts: [Double] = [100, 200, 400, 800, 1200, 1600, 2000, 2062]
    let series = (0..<lines).map { line in
      LineChart.Series(
        name: "\(long) \(line)", points: counts.map { LineChart.Point(x: $0, y: 0.4 + Double(line) / $0) })
    }
    let names = series.map(\.name)
    let points = series.flatMap { line in line.points.map { ScatterPlot.Point(x: $0.x, y: $0.y, group: line.name) } }
    let pictures = [
      LineChart(title, xLabel: long, yLabel: title, series: series, hasLogarithmicX: true).svg,
      ScatterPlot(title, xLabel: long, yLabel: title, points: points, hollowLabel: long).svg,
      BarChart(title, unit: long, bars: names.map { BarChart.Bar($0, 0.4, interval: 0.3...0.5) }).svg,
    ]
    for svg in pictures {
      let written = try checkTexts(svg).joined().filter { $0 != " " }
      for name in names + [title] { #expect(written.contains(name.filter { $0 != " " })) }
    }
  }

  private static let hostile = "a <b> & \"c\" \u{1} ← η " + String(repeating: "long ", count: 40)

  @Test(
    arguments: [
      [Double](), [0.0], [5, 5, 5], [-3, 0, 12.5], [.nan, 1, .infinity], [1e-9, 2e-9], [1e11, 3], [1e17, 1e17],
      [1e300, 1e300], [-1e300, 1e300],
      [1.001, 1.002],
      (0..<60).map(Double.init),
    ] as [[Double]]) func chartsStayInTheirFrames(values: [Double]) throws
  {
    let bars = values.enumerated().map {
      BarChart.Bar("\($0) \(Self.hostile)", $1, interval: $1.isFinite ? $1 - 1...$1 + 2 : nil, group: $0)
    }
    _ = try check(BarChart(Self.hostile, unit: "%", bars: bars).svg)
    let points = values.enumerated().map { LineChart.Point(x: $1, y: Double($0)) }
    for isLogarithmic in [false, true] {
      let chart = LineChart(
        "t", xLabel: Self.hostile, yLabel: "y",
        series: [.init(name: "one", points: points), .init(name: "none", points: [])], hasLogarithmicX: isLogarithmic)
      _ = try check(chart.svg)
    }
    let scattered = values.map { ScatterPlot.Point(x: $0, y: -$0, group: "g", isHollow: $0 > 0, note: Self.hostile) }
    _ = try check(ScatterPlot("t", xLabel: "x", yLabel: "y", points: scattered, hollowLabel: "own").svg)
  }

  @Test func largerFiguresLieFurtherOut() throws {
    let svg = LineChart(
      "t", xLabel: "x", yLabel: "y", series: [.init(name: "s", points: [.init(x: 1, y: 1), .init(x: 10, y: 4)])],
      hasLogarithmicX: true
    ).svg
    let circles = try check(svg).coordinates.filter { $0.name == "cx" || $0.name == "cy" }.map(\.value)
    #expect(circles.count == 4 && circles[0] < circles[2] && circles[1] > circles[3])
  }
}
