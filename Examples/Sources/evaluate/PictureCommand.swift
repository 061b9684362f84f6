import DeePEn
import Evaluation
import ExampleSupport
import Foundation

/// `evaluate picture`: relative representations as points.
enum PictureCommand {
  static let usage = """
    usage: evaluate picture [options]

    Rows of every member's relative matrix, two principal components of them, clusters by k-means, and how much a token
    that members share means the same in each of them.

      --model PATH     a member; repeat it (bundled: atlas and scholar)
      --tokens N       how many shared tokens, and how many of each member's own (200)
      --output PATH    write the points as CSV: member, token, own, cluster, x, y
    """

  static func run(_ words: some Sequence<String>) async throws {
    let arguments = try Arguments(words, options: ["model", "tokens", "output"], usage: usage)
    let paths = arguments.all("model").isEmpty ? [Bundled.atlas, Bundled.scholar] : arguments.all("model")
    let picture = try RelativePicture(
      of: try loadMembers(paths, template: nil), sampleCount: try arguments.value("tokens") ?? 200)
    func show(_ value: Double?) -> String { value.map { "\(($0 * 1000).rounded() / 1000)" } ?? "unknown" }
    print("\(picture.points.count) points; two components hold \(show(picture.explainedVariance)) of the variance")
    print("cosine of a shared token's rows in two members: \(show(picture.sameTokenCosine))")
    print("cosine of two different shared tokens' rows: \(show(picture.randomPairCosine))")
    if let output = arguments.text("output") {
      let lines = picture.points.map { point in
        let text = point.text.replacing("\"", with: "\"\"")
        return "\(point.member),\"\(text)\",\(point.isOwn),\(point.cluster),\(point.x),\(point.y)"
      }
      try (["member,token,own,cluster,x,y"] + lines).joined(separator: "\n")
        .write(toFile: output, atomically: true, encoding: .utf8)
    }
  }
}
