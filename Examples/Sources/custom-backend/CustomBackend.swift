import DeePEn
import ExampleSupport
import Foundation

/// An ensemble of a bundled model and a backend that is written out in `NGramBackend.swift`.
@main
enum CustomBackend {
  static let usage = """
    usage: custom-backend [options]

      --main PATH       the main model: a .gguf file, an .onnx file, or a folder with one (bundled: atlas)
      --text PATH       what the n-gram model learns from; documents are separated by empty lines (bundled)
      --prompt TEXT     what to ask; may be repeated
      --template TEXT   words around the prompt (Question: {prompt}\\nAnswer:)
      --rule RULE       how distributions become one (standard); `evaluate rules` lists them
    """

  /// What is asked when nothing is.
  static let questions = [
    "Name the opposite of empty.", "What is the opposite of young?", "What is the capital of Italy?",
  ]

  static func main() async {
    await runCommand {
      let arguments = try Arguments(
        CommandLine.arguments.dropFirst(), options: ["main", "text", "prompt", "template", "rule"],
        usage: usage)
      let pattern = arguments.text("template").map(unescaped)
      let template: any PromptTemplate = pattern.map { TextTemplate($0) } ?? Bundled.template
      let path = arguments.text("text") ?? Bundled.folder.appending(path: "Texts/opposites.txt").path
      guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
        throw BackendError(.missingFile, in: path, "cannot be read as UTF-8", remedy: "Name a text file.")
      }
      let learner = Member(try NGramBackend(text: text), template: template)
      let main = Member(try loadModel(arguments.text("main") ?? Bundled.atlas), template: template)
      let ensemble = try await namedRule(arguments.text("rule")).ensemble(of: [main, learner])

      let prompts = arguments.all("prompt").isEmpty ? questions : arguments.all("prompt")
      let options = GenerationOptions(maximumTokens: 24, stop: ["\n"])
      for prompt in prompts {
        Terminal.show("\n\(prompt)\n")
        for ensemble in [try await Ensemble(main: main), try await Ensemble(main: learner), ensemble] {
          let answer = try await ensemble.respond(to: prompt, options: options)
          let names = ensemble.members.map(\.name).joined(separator: " + ")
          Terminal.show("  \(names):\(answer.text)\n")
        }
      }
    }
  }
}
