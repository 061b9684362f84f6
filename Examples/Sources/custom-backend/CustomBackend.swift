import DeePEn
import Evaluation
import ExampleSupport
import Foundation

/// An ensemble of a bundled model and a backend that is written out in `NGramBackend.swift`.
@main
enum CustomBackend {
  static let form = CommandForm(
    "custom-backend",
    "A bundled model and an n-gram model, which learns from a text and needs no engine, answer alone "
      + "and together.",
    operand: "prompt",
    options: [
      .value("main", "PATH", "the main model: a GGUF file, an ONNX file, or a folder that holds one (bundled: atlas)"),
      .value(
        "text", "PATH",
        "what the n-gram model learns from; documents are separated by empty lines (bundled opposites)"),
      .values("prompt", "TEXT", "what to ask; --prompt may be left out before a single one"),
      .value(
        "template", "TEXT", "words around the prompt, with \\n for a new line (Question: {prompt}\\nAnswer:)"),
      .value(
        "rule", "RULE", "how distributions become one (standard); evaluate rules lists them"),
    ] + ModelSettings.options)

  /// The prompts when none is given.
  static let questions = [
    "Name the opposite of empty.", "What is the opposite of young?", "What is the capital of Italy?",
  ]

  static func main() {
    Command(form) { arguments in
      let pattern = arguments.text("template").map(unescaped)
      let template: any PromptTemplate = pattern.map { TextTemplate($0) } ?? Bundled.template
      let path = arguments.text("text") ?? Bundled.folder.appending(path: "Texts/opposites.txt").path
      let model = arguments.text("main") ?? Bundled.atlas
      let rule = try namedRule(arguments.text("rule"), members: MemberNames.names(of: [model]) + ["n-gram"])
      let settings = try ModelSettings(arguments)
      try settings.check([model])
      let learner = Member(try NGramBackend(text: try readText(path)), template: template)
      let main = Member(try loadModel(model, settings: settings), template: template)
      let ensemble = try await rule.ensemble(of: [main, learner])

      let prompts = arguments.all("prompt").isEmpty ? questions : arguments.all("prompt")
      let options = ResponseOptions(maximumTokens: 24, stop: ["\n"])
      for prompt in prompts {
        Terminal.show("\n\(prompt)\n")
        for ensemble in [try await Ensemble(main: main), try await Ensemble(main: learner), ensemble] {
          let answer = try await ensemble.respond(to: prompt, options: options)
          let names = ensemble.members.map(\.name).joined(separator: " + ")
          Terminal.show("  \(names):\(answer.text)\n")
        }
      }
    }.main()
  }
}
