import DeePEn
import Evaluation
public import ExampleSupport
import LinearAlgebra

/// The time per token of an ensemble of real models, compared with the members' own work at the same positions of the
/// text.
public struct EnsembleWorkload: Workload {
  /// "ensemble"
  public static let name = "ensemble"
  /// The models; the main model first.
  public var models: [String]
  /// The rule, as `evaluate rules` names it; ``noRule`` for none, `nil` for the standard rule.
  public var rule: String?
  /// The number of cores.
  public var cores: Int
  /// The number of timed tokens.
  public var tokens: Int
  /// The text to continue; sessions begin with it.
  public var prompt: String
  /// The number of long prompts that the members read on their own, beside the tokens.
  public var prompts: Int
  /// The number of words of such a prompt.
  public var promptWords: Int
  /// The settings for loading the models.
  public var settings: ModelSettings

  /// Describes the measurement.
  public init(
    models: [String], rule: String?, cores: Int, tokens: Int, prompt: String, prompts: Int = 0, promptWords: Int = 60,
    settings: ModelSettings = ModelSettings()
  ) {
    self.models = models
    self.rule = rule
    self.cores = cores
    self.tokens = tokens
    self.prompt = prompt
    self.prompts = prompts
    self.promptWords = promptWords
    self.settings = settings
  }

  /// No rule: all members answer, and the main model's choice is taken. The rest is the cost of every ensemble.
  public static let noRule = "none"

  private static let tokensPerAnswer = 64

  /// Measures; samples are "ensemble", "side by side", "in turn" and "in turn, all cores", seconds per token. The last
  /// three also come with the prefix "prompt: ", seconds per prompt.
  ///
  /// Figures: "preparation" and "fusion", seconds from the last answer to the choice in all "steps"; "prompt tokens",
  /// those of a prompt, summed over the members.
  public func run() async throws -> Outcome {
    let members = try loadMembers(models, template: nil, cores: cores, settings: settings)
    let wide = try models.map { Member(try loadModel($0, threads: cores, settings: settings)) }
    let start = ContinuousClock.now
    let ensemble: Ensemble
    if rule == Self.noRule {
      ensemble = try Ensemble(members: members, fusion: MainModelOnly())
    } else {
      ensemble = try await namedRule(rule, members: members.map(\.name)).ensemble(of: members)
    }
    var outcome = Outcome(figures: ["preparation": start.duration(to: .now) / .seconds(1)])
    outcome.samples = ["ensemble", "side by side", "in turn", "in turn, all cores"].map { Samples($0) }
    let sets = [try await sessions(members), try await sessions(members), try await sessions(wide)]
    var answers = 0
    while outcome.samples[0].values.count < tokens {
      guard answers < 10 * (1 + tokens / Self.tokensPerAnswer) else {
        throw BenchmarkError(
          "The models end their answers too early",
          remedy: "Give another --prompt, or models that write longer answers.")
      }
      answers += 1
      try await answer("\(prompt) \(answers)", ensemble, sets, into: &outcome)
    }
    outcome.samples = outcome.samples.map { Samples($0.name, Array($0.values.prefix(tokens))) }
    if prompts > 0 { try await readPrompts(members, wide, into: &outcome) }
    return outcome
  }

  /// Prompts that the members read from the start, by the three contestants without fusion.
  private func readPrompts(_ members: [Member], _ wide: [Member], into outcome: inout Outcome) async throws {
    for (session, context) in zip(try await sessions(members), promptContexts(0)) {
      outcome.figures["prompt tokens", default: 0] += Double(try await session.tokenCount(of: context) ?? 0)
    }
    let contestants = [
      Rounds.Contestant("prompt: side by side") { try await together(sessions(members), promptContexts($0)) },
      Rounds.Contestant("prompt: in turn") { try await inTurn(sessions(members), promptContexts($0)) },
      Rounds.Contestant("prompt: in turn, all cores") { try await inTurn(sessions(wide), promptContexts($0)) },
    ]
    outcome.samples += try await Rounds.measure(contestants, rounds: prompts)
  }

  /// The input of each member in a round: a prompt of random words.
  private func promptContexts(_ round: Int) -> [ContextText] {
    var generator = SplitMix64(seed: UInt64(round))
    let letters = Array("etaoinshrdlu")
    let words = (0..<promptWords).map { _ in
      String(
        (0..<Int.random(in: 2...8, using: &generator)).map { _ in
          letters[Int.random(in: letters.indices, using: &generator)]
        })
    }
    return models.map { _ in ContextText(prompt: RenderedPrompt(words.joined(separator: " "))) }
  }

  private func sessions(_ members: [Member]) async throws -> [any ModelSession] {
    var sessions: [any ModelSession] = []
    for member in members { sessions.append(try await member.backend.makeSession()) }
    return sessions
  }

  /// One answer: all contestants compute each token in turn. The first token, for which the prompt is read, is not
  /// counted.
  ///
  /// - Parameter sets: The members' sessions for the three contestants without fusion.
  private func answer(
    _ prompt: String, _ ensemble: Ensemble, _ sets: [[any ModelSession]], into outcome: inout Outcome
  ) async throws {
    let clock = ContinuousClock()
    let stream = ensemble.streamResponse(
      continuing: prompt, options: ResponseOptions(maximumTokens: Self.tokensPerAnswer))
    let iterator = stream.makeAsyncIterator()
    var (bytes, tokens): ([UInt8], [TokenID]) = ([], [])
    var step = 0
    while true {
      let contexts = ensemble.members.indices.map { member in
        ContextText(
          prompt: RenderedPrompt(prompt), answer: bytes, answerTokens: member == 0 ? tokens : nil,
          healing: ensemble.members[member].healing)
      }
      var next: GeneratedToken?
      var seconds = [Double](repeating: 0, count: 4)
      for offset in 0..<4 {
        let contestant = (step + offset) % 4
        let start = clock.now
        switch contestant {
        case 0: next = try await iterator.next()
        case 1: try await together(sets[0], contexts)
        default: try await inTurn(sets[contestant - 1], contexts)
        }
        seconds[contestant] = start.duration(to: clock.now) / .seconds(1)
      }
      guard let next, let token = next.token else { break }
      if step > 0 { for index in seconds.indices { outcome.samples[index].values.append(seconds[index]) } }
      step += 1
      bytes += next.bytes
      tokens.append(token)
      if ensemble.members[0].backend.vocabulary.isEndOfGeneration(token) { break }
    }
    let statistics = try await stream.collect().statistics
    outcome.figures["fusion", default: 0] += statistics.fusionDuration / .seconds(1)
    outcome.figures["steps", default: 0] += Double(statistics.steps)
  }

  private func inTurn(_ sessions: [any ModelSession], _ contexts: [ContextText]) async throws {
    for (session, context) in zip(sessions, contexts) { _ = try await session.predict(after: context) }
  }

  private func together(_ sessions: [any ModelSession], _ contexts: [ContextText]) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (session, context) in zip(sessions, contexts) {
        group.addTask { _ = try await session.predict(after: context) }
      }
      try await group.waitForAll()
    }
  }
}
