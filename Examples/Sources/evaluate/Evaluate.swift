import DeePEn
import ExampleSupport
import Foundation

/// Does the ensemble answer more than its members? One table: every domain, every member, every main model.
@main
enum Evaluate {
  static let usage = """
    usage: evaluate [options]

      --model PATH           a member: a .gguf file, an .onnx file, or a folder with one; repeat it
                             (bundled: atlas and scholar)
      --development PATH     questions to choose settings and weights on, JSONL (bundled)
      --test PATH            questions to report on, JSONL (bundled)
      --template TEXT        words around a question, for all models (bundled models: Question: {prompt}\\nAnswer:
                             others: their chat template, or the bare words)
      --rates 0.1,0.3        search rates η to choose from (0.3,0.5,1)
      --steps 5              search steps T to choose from (5,10)
      --healing N            how many token boundaries back members look where a word is still open; 0 for none (4)
      --anchors N            use the first N shared tokens only (all)
      --limit N              ask the first N questions of each file only (all)
      --output PATH          write the table to a file as well
    """

  static func main() async {
    await runCommand {
      let arguments = try Arguments(
        CommandLine.arguments.dropFirst(),
        options: [
          "model", "development", "test", "template", "rates", "steps", "healing", "anchors", "limit", "output",
        ],
        usage: usage)
      let paths = arguments.all("model").isEmpty ? [Bundled.atlas, Bundled.scholar] : arguments.all("model")
      let limit = try arguments.value("limit", as: Int.self) ?? .max
      let study = Study(
        members: try loadMembers(
          paths, template: arguments.text("template"),
          healing: try arguments.value("healing") ?? TokenHealing.standard.boundaries),
        development: Array(
          try Question.load(arguments.text("development") ?? Bundled.developmentQuestions).prefix(limit)),
        test: Array(try Question.load(arguments.text("test") ?? Bundled.testQuestions).prefix(limit)),
        rates: try arguments.list("rates") ?? [0.3, 0.5, 1],
        steps: try arguments.list("steps") ?? [5, 10],
        anchors: try arguments.value("anchors").map { .lowestIDs($0) } ?? .all)
      let table = try await study.run()
      print(table)
      if let output = arguments.text("output") {
        try (table + "\n").write(toFile: output, atomically: true, encoding: .utf8)
      }
    }
  }
}
