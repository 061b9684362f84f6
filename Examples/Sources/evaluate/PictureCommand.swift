import DeePEn
import Evaluation
import EvaluationTools
import ExampleSupport
import Foundation

/// `evaluate picture`: relative representations as points.
enum PictureCommand {
  static let command = Command(
    CommandForm(
      "evaluate picture",
      "Rows of every member's relative matrix, two principal components of them, clusters by k-means, and how much "
        + "a token that members share means the same in each of them.",
      brief: "the members' relative representations in one plot, and how consistent they are",
      options: [
        .values("model", "PATH", "a member (bundled: atlas and scholar)"),
        .value("tokens", "N", "how many shared tokens, and how many of each member's own", default: "200"),
        .value(
          "temperature", "NUMBER",
          "τ of the relative rows; the published 100 leaves a shared token hardly anything but itself", default: "10"),
        .value("plot", "FILE", "draw the points as SVG"),
        .value("output", "FILE", "write the points as CSV: member, token, own, cluster, x, y"),
      ] + ModelSettings.options), run: run)

  private static func run(_ arguments: Arguments) async throws {
    let tokens = try arguments.knownCount("tokens")
    let temperature = try arguments.known("temperature", as: Float.self)
    guard temperature > 0, temperature.isFinite else {
      throw arguments.wrong("--temperature \(temperature) is not above 0")
    }
    let plotFile = try arguments.text("plot").map { try OutputFile($0) }
    let output = try arguments.text("output").map { try OutputFile($0) }
    let paths = arguments.all("model").isEmpty ? [Bundled.atlas, Bundled.scholar] : arguments.all("model")
    let picture = try RelativePicture(
      of: try loadMembers(paths, settings: try ModelSettings(arguments)),
      rule: CosineAlignmentRule(options: CosineAlignment.Options(temperature: temperature)), sampleCount: tokens)
    func show(_ value: Double?) -> String { value.map { "\(($0 * 1000).rounded() / 1000)" } ?? "unknown" }
    print("\(picture.points.count) points; two components hold \(show(picture.explainedVariance)) of the variance")
    print("cosine of a shared token's rows in two members: \(show(picture.sameTokenCosine))")
    print("cosine of two different shared tokens' rows: \(show(picture.randomPairCosine))")
    if let plotFile {
      let plot = ScatterPlot(
        "Relative representations", xLabel: "first component", yLabel: "second component",
        points: picture.points.map {
          ScatterPlot.Point(
            x: $0.x, y: $0.y, group: $0.member, isHollow: $0.isOwn,
            note: "\($0.text) (\($0.member), cluster \($0.cluster))")
        }, hollowLabel: "only in this vocabulary")
      try plotFile.write(plot.svg)
    }
    if let output {
      let lines = picture.points.map { point in
        let text = point.text.replacing("\"", with: "\"\"")
        return "\(point.member),\"\(text)\",\(point.isOwn),\(point.cluster),\(point.x),\(point.y)"
      }
      try output.write((["member,token,own,cluster,x,y"] + lines).joined(separator: "\n") + "\n")
    }
  }
}
