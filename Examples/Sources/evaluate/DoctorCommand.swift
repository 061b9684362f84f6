import DeePEn
import Evaluation
import EvaluationTools
import ExampleSupport
import Foundation

/// `evaluate doctor`: figures from the files, and plain advice.
enum DoctorCommand {
  static let command = Command(
    CommandForm(
      "evaluate doctor",
      "What members share, how their tokens cut a sample, how sharp the relative space is, what each rule takes in "
        + "time and memory beside the models themselves, and what to do.",
      brief: "what the files say before anything is generated, and advice",
      options: [
        .values("model", "PATH", "a member (bundled: atlas, scholar and wordsmith)"),
        .value("text", "PATH", "a sample of the text that the members shall write (bundled development questions)"),
        .flag("files-only", "read no sample: what the files say, without bits, times and trials"),
        .value("rows", "N", "how many rows of each relative space are examined", default: "64"),
        .flag("json", "print one JSON document"),
      ] + ModelSettings.options), run: run)

  /// The document that `--json` writes.
  private struct Document: Encodable {
    /// The version of this document's format.
    var version = 1
    /// The figures, and the advice.
    var diagnosis: Diagnosis
  }

  private static func run(_ arguments: Arguments) async throws {
    let rows = try arguments.knownCount("rows")
    let sample = arguments.has("files-only") ? "" : try sample(arguments)
    let paths =
      arguments.all("model").isEmpty ? [Bundled.atlas, Bundled.scholar, Bundled.wordsmith] : arguments.all("model")
    let diagnosis = try await Doctor.examine(
      members: try loadMembers(paths, settings: try ModelSettings(arguments)), sampleText: sample, rowCount: rows)
    guard !arguments.has("json") else { return try JSONOutput.show(Document(diagnosis: diagnosis)) }
    for table in diagnosis.tables {
      print("\(table.title)\n\n\(MarkdownTable(columns: table.columns, rows: table.rows).text)\n")
    }
    for sentence in diagnosis.advice { print("- \(sentence)") }
  }

  private static func sample(_ arguments: Arguments) throws -> String {
    if let path = arguments.text("text") { return try readText(path) }
    let items = try QuestionFile(Bundled.developmentQuestions).items
    return stride(from: 0, to: items.count, by: 40).map { index in
      guard case .answer(let answers, _) = items[index].expectation else { return "" }
      return "Question: \(items[index].messages[0].content)\nAnswer: \(answers[0])"
    }.joined(separator: "\n")
  }
}
