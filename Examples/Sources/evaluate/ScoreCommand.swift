import DeePEn
import Evaluation
import ExampleSupport
import Foundation

/// `evaluate score`: bits a byte of a text.
enum ScoreCommand {
  static let usage = """
    usage: evaluate score --text PATH [options]

    Each paragraph is read after its first word, by every member alone and by an ensemble under each rule. Bits a byte
    compare models with different tokens; less is better. What is longer than a context is read in windows.

      --text PATH       a text file; paragraphs are separated by empty lines
      --model PATH      a member; repeat it, the main model first (bundled: atlas and scholar)
      --rule RULE       a rule with settings; repeat it (standard); `evaluate rules` lists them
      --whole           read the file as one text, not by paragraphs
      --overlap SHARE   how much of a context is read again in each window but the first (0.5)
      --limit N         N paragraphs only, evenly spread (all)
    """

  static func run(_ words: some Sequence<String>) async throws {
    let arguments = try Arguments(
      words, options: ["text", "model", "rule", "limit", "overlap"], flags: ["whole"], usage: usage)
    let overlap: Double = try arguments.value("overlap") ?? 0.5
    guard let path = arguments.text("text") else { throw UsageError(problem: "--text is missing", usage: usage) }
    let paragraphs = try spread(
      try paragraphs(of: path, whole: arguments.has("whole")), over: arguments.value("limit"))
    let paths = arguments.all("model").isEmpty ? [Bundled.atlas, Bundled.scholar] : arguments.all("model")
    let named = arguments.all("rule").isEmpty ? [NamedRule.standardName] : arguments.all("rule")
    let variants = try named.flatMap { try NamedRule($0).variants }
    for variant in variants { try variant.validate(memberCount: paths.count) }
    let members = try loadMembers(paths, template: nil)
    for member in members {
      let alone = try Ensemble(members: [member], fusion: MainModelOnly())
      print("\(try await bits(of: paragraphs, overlap, under: alone, "\(member.name) alone"))  \(member.name) alone")
    }
    for variant in variants {
      let ensemble = try await variant.ensemble(of: members)
      print("\(try await bits(of: paragraphs, overlap, under: ensemble, variant.label))  \(variant.label)")
    }
  }

  private static func bits(
    of paragraphs: [String], _ overlap: Double, under ensemble: Ensemble, _ title: String
  ) async throws -> String {
    var bar = ProgressBar(title)
    var (nats, bytes, windows) = (0.0, 0, 0)
    for (index, paragraph) in paragraphs.enumerated() {
      let first = paragraph.prefix { !$0.isWhitespace }
      let score = try await ensemble.score(
        String(paragraph.dropFirst(first.count)), continuing: String(first), overlap: overlap)
      nats += score.logProbability
      bytes += score.byteCount
      windows += score.windows.count
      bar.show(Double(index + 1) / Double(paragraphs.count))
    }
    let figure = String(format: "%.3f", bytes == 0 ? 0 : -nats / log(2) / Double(bytes))
    return windows > paragraphs.count ? "\(figure) (\(windows) windows)" : figure
  }

  private static func paragraphs(of path: String, whole: Bool) throws -> [String] {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw EvaluationError(.file, "\(path) cannot be read", remedy: "Name a text file in UTF-8.")
    }
    guard !whole else { return [text.trimmingCharacters(in: .whitespacesAndNewlines)] }
    return text.split(separator: "\n\n").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
      .filter { $0.contains(where: \.isWhitespace) }
  }
}
