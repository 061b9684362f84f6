import DeePEn
import Evaluation
import ExampleSupport
import Foundation

/// `evaluate doctor`: figures from the files, and plain advice.
enum DoctorCommand {
  static let usage = """
    usage: evaluate doctor [options]

    What members share, how their tokens cut a sample, how sharp the relative space is, what each rule takes in time and
    memory beside the models themselves, and what to do.

      --model PATH     a member; repeat it (bundled: atlas, scholar and wordsmith)
      --text PATH      a sample of the text that the members shall write (bundled development questions)
      --files-only     read no sample: what the files say, without bits, times and trials
      --rows N         how many rows of each relative space are examined (64)
      --json           print one JSON document
    """

  /// What `--json` writes.
  private struct Document: Encodable {
    /// The form of this document.
    var version = 1
    /// The figures, and the advice.
    var diagnosis: Diagnosis
  }

  static func run(_ words: some Sequence<String>) async throws {
    let arguments = try Arguments(
      words, options: ["model", "text", "rows"], flags: ["files-only", "json"], usage: usage)
    let rows: Int = try arguments.value("rows") ?? 64
    guard rows > 0 else { throw UsageError(problem: "--rows \(rows) is below 1", usage: usage) }
    let sample = arguments.has("files-only") ? "" : try sample(arguments)
    let paths =
      arguments.all("model").isEmpty ? [Bundled.atlas, Bundled.scholar, Bundled.wordsmith] : arguments.all("model")
    let diagnosis = try await Doctor.examine(
      members: try loadMembers(paths, template: nil), sampleText: sample, rowCount: rows)
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
