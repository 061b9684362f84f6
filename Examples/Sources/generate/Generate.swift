import DeePEn
import Evaluation
import ExampleSupport

/// Streams an answer that several models give as one, and shows where the ensemble changed the main model's choice.
@main
enum Generate {
  static let form = CommandForm(
    "generate",
    "Answers as one of several models, token by token. Without options, two bundled models answer a few "
      + "questions.",
    operand: "prompt",
    options: [
      .value("main", "PATH", "the main model: a GGUF file, an ONNX file, or a folder that holds one (bundled: atlas)"),
      .values("assistant", "PATH", "a model that helps (bundled: scholar, where --main is not given)"),
      .values("prompt", "TEXT", "what to ask; --prompt may be left out before a single one"),
      .values(
        "template", "TEXT",
        "words around the prompt, for all models, with \\n for a new line; PATH=TEXT for the model that is given as "
          + "PATH (bundled models: Question: {prompt}\\nAnswer: others: their chat template, or the bare words)"),
      .value("weights", "0.5,0.5", "how much each model counts, the main model first (all the same)"),
      .value(
        "rule", "RULE",
        "how distributions become one, such as deepen or deepen:rate=0.5,steps=10 (standard); "
          + "evaluate rules lists them"),
      .value("threads", "N", "cores that the models divide, which run side by side (all; bundled models: one each)"),
    ] + ModelSettings.options + [
      .value("maximum-tokens", "N", "where to stop", default: "64"),
      .values("stop", "TEXT", "a text that ends the answer (bundled models: a new line)"),
      .value("temperature", "NUMBER", "0 for the likeliest token", default: "0"),
      .value("top-k", "N", "sample from the N likeliest tokens (all)"),
      .value("top-p", "P", "sample from the likeliest tokens that have the share P together (1)"),
      .value("min-p", "P", "sample from tokens with at least the share P of the likeliest one's probability (0)"),
      .value("seed", "N", "sample the same again (another each time)"),
      .flag("alone", "also show what each model answers alone, after the answer of all"),
      .flag("json", "one line of JSON for each prompt, when its answer is whole, and nothing else"),
      .flag("quiet", "the answer only, without progress"),
    ])

  static func main() {
    Command(form) { arguments in
      let isBundled = arguments.text("main") == nil
      let paths =
        [arguments.text("main") ?? Bundled.atlas]
        + (isBundled && arguments.all("assistant").isEmpty ? [Bundled.scholar] : arguments.all("assistant"))
      let prompts = arguments.all("prompt").isEmpty ? Defaults.prompts : arguments.all("prompt")

      // All options are checked before a model is loaded.
      let options = try generationOptions(arguments, stopsAtLineEnd: paths.allSatisfy(Bundled.contains))
      let rule = try namedRule(
        arguments.text("rule"), weights: try arguments.list("weights"), members: MemberNames.names(of: paths))
      let templates = MemberTemplates(arguments.all("template"), models: paths)
      let members = try loadMembers(
        paths, template: templates.shared, templates: templates.own, cores: try arguments.count("threads"),
        settings: try ModelSettings(arguments))
      let bar = SharedProgressBar("preparing \(members.map(\.name).joined(separator: ", "))")
      let ensemble = try await rule.ensemble(of: members) {
        if !arguments.has("quiet") { bar.show($0.fraction) }
      }
      // A single model's answer alone would be the same again.
      let alone =
        arguments.has("alone") && members.count > 1
        ? try members.map { try Ensemble(members: [$0], fusion: MainModelOnly()) } : []
      for prompt in prompts {
        if arguments.has("json") {
          try await AnswerRecord.show(prompt, ensemble, alone: alone, options: options)
        } else if arguments.has("quiet") {
          for try await token in ensemble.streamResponse(to: prompt, options: options) { Terminal.show(token.text) }
          Terminal.show("\n")
        } else {
          try await AnswerText.show(prompt, ensemble, alone: alone, options: options)
        }
      }
    }.main()
  }

  private static func generationOptions(
    _ arguments: Arguments, stopsAtLineEnd: Bool
  ) throws -> ResponseOptions {
    guard !arguments.has("quiet") || !arguments.has("alone") || arguments.has("json") else {
      throw arguments.wrong("--quiet shows the answer only, and --alone asks for more")
    }
    let stops = arguments.all("stop").map(unescaped)
    guard !stops.contains("") else { throw arguments.wrong("--stop is empty, and would end every answer") }
    return ResponseOptions(
      sampling: try sampling(arguments), maximumTokens: try arguments.knownCount("maximum-tokens"),
      stop: stops.isEmpty && stopsAtLineEnd ? ["\n"] : stops,
      candidateCount: 1)
  }

  private static func sampling(_ arguments: Arguments) throws -> Sampling {
    let sampling = Sampling(
      temperature: try arguments.known("temperature"), topK: try arguments.count("top-k"),
      topP: try arguments.value("top-p"), minP: try arguments.value("min-p"), seed: try arguments.value("seed"))
    guard sampling.temperature >= 0, sampling.temperature.isFinite else {
      throw arguments.wrong("--temperature \(sampling.temperature) is not a number of 0 or more")
    }
    for (name, share, first) in [("top-p", sampling.topP, Float.leastNormalMagnitude), ("min-p", sampling.minP, 0)] {
      guard share.map({ (first...1).contains($0) }) ?? true else {
        throw arguments.wrong("--\(name) \(share ?? 0) is not a share \(first > 0 ? "above 0 and up" : "from 0") to 1")
      }
    }
    return sampling
  }
}

/// The prompts when none is given.
enum Defaults {
  static let prompts = [
    "For the country Mozambique, name the capital.",
    "What is the chemical symbol of iron?",
    "What is the atomic number of gold?",
  ]
}
