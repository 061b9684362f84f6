import DeePEn
import Evaluation
import ExampleSupport

/// Streams an answer that several models give as one, and shows where the ensemble changed what the main model would have
/// said.
@main
enum Generate {
  static let usage = """
    usage: generate [options]

      --main PATH            the main model: a .gguf file, an .onnx file, or a folder with one (bundled: atlas)
      --assistant PATH       a model that helps; may be repeated (bundled: scholar)
      --prompt TEXT          what to ask; may be repeated
      --template TEXT        words around the prompt, for all models (bundled models: Question: {prompt}\\nAnswer:
                             others: their chat template, or the bare words)
      --weights 0.5,0.5      how much each model counts, the main model first
      --rule RULE            how distributions become one, such as deepen or deepen:rate=0.5,steps=10
                             (standard); `evaluate rules` lists them
      --threads N            cores that the models divide, which run side by side (all; bundled models: one each)
      --maximum-tokens N     where to stop (64)
      --stop TEXT            a text that ends the answer; may be repeated (bundled models: a newline)
      --temperature NUMBER   0 for the likeliest token (0)
      --top-k N, --top-p P, --min-p P, --seed N
      --skipping             leave fusion out where it provably cannot change the choice, and count; changes are not shown
      --quiet                the answer only
    """

  static func main() async {
    await runCommand {
      let arguments = try Arguments(
        CommandLine.arguments.dropFirst(),
        options: [
          "main", "assistant", "prompt", "template", "weights", "rule", "maximum-tokens", "stop",
          "temperature", "top-k", "top-p", "min-p", "seed", "threads",
        ],
        flags: ["quiet", "skipping"], usage: usage)
      let isBundled = arguments.text("main") == nil
      let paths =
        [arguments.text("main") ?? Bundled.atlas]
        + (isBundled && arguments.all("assistant").isEmpty ? [Bundled.scholar] : arguments.all("assistant"))
      let prompts = arguments.all("prompt").isEmpty ? Defaults.prompts : arguments.all("prompt")

      let options = try generationOptions(arguments, stopsAtLineEnd: paths.allSatisfy(Bundled.contains))
      let rule = try weighedRule(arguments, memberCount: paths.count)
      let members = try loadMembers(
        paths, template: arguments.text("template"), cores: try arguments.value("threads"))
      let ensemble = try await makeEnsemble(members, rule, arguments)
      guard !arguments.has("quiet") else {
        for prompt in prompts {
          for try await token in ensemble.streamResponse(to: prompt, options: options) { Terminal.show(token.text) }
          Terminal.show("\n")
        }
        return
      }
      let alone = try members.map { try Ensemble(members: [$0], fusion: MainModelOnly()) }
      for prompt in prompts { try await compare(prompt, ensemble, with: alone, options: options) }
    }
  }

  /// The rule with its weights, which are checked before a model is loaded.
  private static func weighedRule(_ arguments: Arguments, memberCount: Int) throws -> NamedRule.Variant {
    var rule = try namedRule(arguments.text("rule"))
    if let weights = try arguments.list("weights", of: Float.self) {
      guard rule.weights == .average else {
        throw UsageError(problem: "--weights and \(rule.label) both say how much members count", usage: usage)
      }
      rule.weights = .fixed(weights)
    }
    try rule.validate(memberCount: memberCount)
    return rule
  }

  private static func makeEnsemble(
    _ members: [Member], _ rule: NamedRule.Variant, _ arguments: Arguments
  ) async throws -> Ensemble {
    let bar = SharedProgressBar("preparing \(members.map(\.name).joined(separator: ", "))")
    return try await rule.ensemble(of: members) { if !arguments.has("quiet") { bar.show($0.fraction) } }
  }

  private static func generationOptions(
    _ arguments: Arguments, stopsAtLineEnd: Bool
  ) throws -> GenerationOptions {
    let stops = arguments.all("stop").map(unescaped)
    let options = GenerationOptions(
      sampling: Sampling(
        temperature: try arguments.value("temperature") ?? 0, topK: try arguments.value("top-k"),
        topP: try arguments.value("top-p"), minP: try arguments.value("min-p"), seed: try arguments.value("seed")),
      maximumTokens: try arguments.value("maximum-tokens") ?? 64,
      stop: stops.isEmpty && stopsAtLineEnd ? ["\n"] : stops,
      candidateCount: arguments.has("skipping") ? 0 : 1, skipping: arguments.has("skipping"))
    try options.validate()
    return options
  }

  /// Shows what each member answers alone and what all answer together, and where fusion changed the main model's choice.
  private static func compare(
    _ prompt: String, _ ensemble: Ensemble, with alone: [Ensemble], options: GenerationOptions
  ) async throws {
    let width = ensemble.members.map(\.name.count).reduce(8, max)
    Terminal.show("\n\(prompt)\n")
    for single in alone {
      let answer = try await single.respond(to: prompt, options: options)
      Terminal.show("  \(label(single.members[0].name, width: width))\(answer.text)\n")
    }

    let stream = ensemble.streamResponse(to: prompt, options: options)
    var changes: [String] = []
    Terminal.show("  \(label("together", width: width))")
    for try await token in stream {
      Terminal.show(token.text)
      if let candidates = token.candidates, candidates.fused[0].token != candidates.members[0][0].token {
        changes.append(change(candidates, members: ensemble.members))
      }
    }
    Terminal.show("\n")
    for line in changes { Terminal.show("    \(line)\n") }
    let response = try await stream.collect()
    for event in response.events { Terminal.show("    \(event)\n") }
    let rate = response.statistics.tokensPerSecond.rounded()
    let skipped = options.skipping ? ", \(response.statistics.skippedSteps) without fusion" : ""
    Terminal.show(
      "    (\(response.stopReason.rawValue), \(response.statistics.steps) steps\(skipped), \(Int(rate)) tokens/s)\n")
  }

  /// What the main model would have said, what is said instead, and what the others say.
  private static func change(_ candidates: GeneratedToken.Candidates, members: [Member]) -> String {
    func show(_ candidate: GeneratedToken.Candidate) -> String {
      candidate.isEndOfGeneration ? "the end" : "“\(candidate.text.replacing("\n", with: "⏎"))”"
    }
    let main = candidates.members[0][0]
    // A member that sits the step out has no candidates.
    let others = zip(members, candidates.members).dropFirst().compactMap { member, candidates in
      candidates.first.map { "\(member.name) says \(show($0)) with \(percent($0.probability))" }
    }
    return "changed \(show(main)) (\(members[0].name) alone: \(percent(main.probability))) to "
      + "\(show(candidates.fused[0])) (together: \(percent(candidates.fused[0].probability))); "
      + others.joined(separator: ", ")
  }

  private static func percent(_ probability: Float) -> String { "\(Int((probability * 100).rounded())) %" }

  private static func label(_ name: String, width: Int) -> String {
    name + ":" + String(repeating: " ", count: max(0, width - name.count) + 1)
  }
}

/// What is asked when nothing is.
enum Defaults {
  static let prompts = [
    "For the country Mozambique, name the capital.",
    "What is the chemical symbol of iron?",
    "What is the atomic number of gold?",
  ]
}
