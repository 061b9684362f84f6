import DeePEn
import Evaluation
import ExampleSupport
import Foundation

/// `evaluate score`: bits per byte of a text.
enum ScoreCommand {
  static let command = Command(
    CommandForm(
      "evaluate score",
      "Each paragraph is read after its first word, by every member alone and by an ensemble under each rule. Bits "
        + "a byte compare models with different tokens; less is better. What is longer than a context is read in "
        + "windows.",
      brief: "how likely each member, and an ensemble, finds a text: bits a byte",
      options: [
        .value("text", "PATH", "a text file; paragraphs are separated by empty lines"),
        .values("model", "PATH", "a member, the main model first (bundled: atlas and scholar)"),
        .values("rule", "RULE", "a rule with settings (standard); evaluate rules lists them"),
        .flag("whole", "read the file as one text, not by paragraphs"),
        .value(
          "overlap", "SHARE", "how much of a context is read again in each window but the first", default: "0.5"),
        .value("limit", "N", "N paragraphs only, evenly spread (all)"), .flag("json", "print one JSON document"),
      ] + ModelSettings.options), run: run)

  /// The document that `--json` writes.
  private struct Document: Encodable {
    /// The version of this document's format.
    var version = 1
    /// The file that was read.
    var text: String
    /// The number of its paragraphs.
    var paragraphCount: Int
    /// The members alone, then the rules.
    var rows: [Row] = []
  }

  private struct Row: Encodable {
    /// The member, or the rule.
    var name: String
    /// −log₂ p divided by the bytes that were scored.
    var bitsPerByte: Double
    /// The number of scored bytes.
    var byteCount: Int
    /// The number of windows; more than the paragraphs where some are longer than a context.
    var windowCount: Int
  }

  private static func run(_ arguments: Arguments) async throws {
    let overlap = try arguments.known("overlap", as: Double.self)
    guard (0..<1).contains(overlap) else {
      throw arguments.wrong("--overlap \(overlap) is not a share from 0 to below 1")
    }
    guard let path = arguments.text("text") else { throw arguments.wrong("--text is missing") }
    let paragraphs = try spread(
      try TextParagraphs.read(path, whole: arguments.has("whole")), over: arguments.count("limit"))
    let paths = arguments.all("model").isEmpty ? [Bundled.atlas, Bundled.scholar] : arguments.all("model")
    let named = arguments.all("rule").isEmpty ? [RuleRegistry.standardName] : arguments.all("rule")
    let rules = try named.flatMap { try NamedRule($0).variants.map { try $0.rule() } }
    for rule in rules { try rule.validate(members: MemberNames.names(of: paths)) }
    let members = try loadMembers(paths, settings: try ModelSettings(arguments))
    var document = Document(text: path, paragraphCount: paragraphs.count)
    func add(_ name: String, _ ensemble: Ensemble) async throws {
      let row = try await row(name, paragraphs, overlap, under: ensemble)
      document.rows.append(row)
      guard !arguments.has("json") else { return }
      let windows = row.windowCount > paragraphs.count ? " (\(row.windowCount) windows)" : ""
      print("\(String(format: "%.3f", row.bitsPerByte))\(windows)  \(name)")
    }
    for member in members {
      try await add("\(member.name) alone", Ensemble(members: [member], fusion: MainModelOnly()))
    }
    for rule in rules { try await add(rule.configuration.label, rule.ensemble(of: members)) }
    if arguments.has("json") { try JSONOutput.show(document) }
  }

  private static func row(
    _ name: String, _ paragraphs: [TextParagraphs.Paragraph], _ overlap: Double, under ensemble: Ensemble
  ) async throws -> Row {
    var bar = ProgressBar(name)
    var (nats, bytes, windows) = (0.0, 0, 0)
    for (index, paragraph) in paragraphs.enumerated() {
      let score = try await ensemble.score(paragraph.rest, continuing: paragraph.first, overlap: overlap)
      nats += score.logProbability
      bytes += score.byteCount
      windows += score.windows.count
      bar.show(Double(index + 1) / Double(paragraphs.count))
    }
    return Row(
      name: name, bitsPerByte: bytes == 0 ? 0 : -nats / log(2) / Double(bytes), byteCount: bytes, windowCount: windows)
  }
}
