import DeePEn
import Evaluation
import Foundation
import Testing

@testable import EvaluationTools

/// Comparisons as tables and reports.
@Suite struct ReportTests {
  private func outcome(_ names: String...) async throws -> Comparison.Outcome {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let comparison = Comparison(
      members: [
        tokenizing(member("one", knows: UInt8(ascii: "x"), tokens: ["yes!", "no!", "</s>"])),
        tokenizing(member("two", knows: UInt8(ascii: "y"), tokens: ["no!", "yes!", "mu", "</s>"])),
      ], development: items("d"), test: items("t"), rules: try names.map { try NamedRule($0) },
      evaluator: ItemEvaluator(generation: ResponseOptions(maximumTokens: 3), separator: ""))
    return try await comparison.run(
      developmentFile: ResultsFile(folder.appending(path: "d.jsonl").path, run: [:]),
      testFile: ResultsFile(folder.appending(path: "t.jsonl").path, run: [:]))
  }

  @Test func theTableHasIntervalsAndDifferences() async throws {
    let table = try ComparisonTable(try await outcome("prefix")).markdown
    #expect(table.contains("| one ← two, prefix | **100.0** (100.0–100.0) | +40.0"), "\(table)")
  }

  @Test func reportsCarryTheirControlsInBothFormats() async throws {
    let outcome = try await outcome("prefix", "rescore", "voting")
    let controls = try await ControlFindings.measure(outcome, on: items("d"), separator: "")
    let report = try ComparisonReport(
      outcome, command: "evaluate | compare", settings: [("models", "a_b*|<c>")], controls: controls)
    let markdown = report.text(.markdown)
    for part in [
      "# Members alone and together", "## All items", "tokens/s", "## Controls, bits a byte",
      "one alone, temperature", "## Settings", "| models | a\\_b\\*\\|\\<c\\> |", "    evaluate | compare",
      "one ← two, prefix",
    ] { #expect(markdown.contains(part), "\(part) in \(markdown)") }
    #expect(!markdown.contains("<svg"))
    // Every row of a table has as many cells as its head.
    for line in markdown.split(separator: "\n\n").filter({ $0.hasPrefix("|") }) {
      let cells = line.split(separator: "\n").map { $0.replacing("\\|", with: "").count { $0 == "|" } }
      #expect(Set(cells).count == 1, "\(line)")
    }
    let html = report.text(.html)
    for part in ["<svg", "Controls, bits a byte", "a_b*|&lt;c&gt;", "with shuffled assistants"] {
      #expect(html.contains(part), "\(part)")
    }
    #expect(!html.contains("http://www.w3.org/1999/xhtml") && !html.contains("src=") && !html.contains("href="))
    let bare = try ComparisonReport(outcome, command: "c").text(.markdown)
    #expect(!bare.contains("Controls") && !bare.contains("Settings"))
  }

  @Test(arguments: [
    ("a.html", ReportFormat.html), ("b.d/a.HTM", .html), ("a.md", .markdown), ("/x.y/report.markdown", .markdown),
  ]) func theEndingNamesTheFormat(file: String, format: ReportFormat) throws {
    #expect(try ReportFormat(file: file) == format)
  }

  @Test(arguments: ["a.pdf", "a", "dir.md/report", ""]) func anUnknownEndingIsAnError(file: String) {
    let error = #expect(throws: EvaluationError.self) { try ReportFormat(file: file) }
    #expect(error?.code == .invalidOption && error?.remedy.contains(".html, .htm, .md, .markdown") == true)
  }

  private func hint(_ texts: [String], _ expected: [String], form: AnswerForm = .squad) -> AnswerHint? {
    let items = texts.indices.map { number in
      EvaluationItem(
        id: "\(number)", group: "g", messages: [Message(role: .user, content: "q\(number)")],
        expectation: .answer([expected[number]], form: form))
    }
    let results = zip(items, texts).map { item, text in
      ItemResult(
        contestant: "one alone", item: item.id, group: "g",
        score: form.matches(text, [expected[Int(item.id) ?? 0]]) ? 1 : 0,
        output: text)
    }
    return AnswerHint(results, on: items)
  }

  @Test func aHintNamesTheFormInWhichAnswersAreWritten() throws {
    let sentences = ["The capital of Lithuania is Vilnius.", "It is Riga.", "I do not know."]
    let found = try #require(hint(sentences, ["Vilnius", "Riga", "Tallinn"]))
    #expect(found.best == 0 && found.form == .squad && found.alternative?.form == .contains)
    #expect(abs((found.alternative?.score ?? 0) - 2 / 3.0) < 1e-12)
    #expect(found.text.contains("contains") && found.text.contains("66.7 %") && found.text.contains("Vilnius"))
    let wrong = try #require(hint(["Kaunas", "Liepāja", "Tartu"], ["Vilnius", "Riga", "Tallinn"]))
    #expect(wrong.alternative == nil && wrong.example.written == "Kaunas" && wrong.example.expected == "Vilnius")
    #expect(hint(["Vilnius", "It is Riga.", "No."], ["Vilnius", "Riga", "Tallinn"]) == nil)
    #expect(hint([], []) == nil)
  }
}
