public import Ensembling
internal import LinearAlgebra
public import ModelBackends

/// Every member's logits at every step of some given texts, so that fusion rules can be compared without running a
/// model again.
///
/// The texts are read once by teacher forcing, in the main model's tokens. ``score(of:weights:)`` then replays any
/// rule on the stored logits: a setting costs only the time of the fusion.
public struct LogitRecording: Sendable {
  /// A text to read, and its context.
  public struct Text: Sendable, Hashable {
    /// The beginning of a text.
    public enum Beginning: Sendable, Hashable {
      /// A conversation, written in each member's own template.
      case conversation([Message])
      /// A bare text.
      case text(String)
    }

    /// The context before the text.
    public var beginning: Beginning
    /// The text, with its leading space where it needs one.
    public var continuation: String

    /// Describes a text.
    public init(_ continuation: String, after beginning: Beginning) {
      self.beginning = beginning
      self.continuation = continuation
    }
  }

  /// The members' logits before one token.
  package struct RecordedStep: Sendable {
    /// The token of the main model with which the text continues.
    package var token: TokenID
    /// The token's length in bytes.
    package var byteCount: Int
    /// Every member's logits, `[members][its vocabulary]`, the main model's first; `nil` for one that takes no part in
    /// the step.
    package var logits: [[Float]?]
  }

  /// The steps of one text.
  package struct RecordedText: Sendable {
    /// The steps, one per token.
    package var steps: [RecordedStep]
    /// The length of the text in bytes.
    package var byteCount: Int
    /// Each member's score of its prompt; `nil` where they were not recorded.
    package var promptScores: [PromptScore?]?
  }

  /// The members' names, the main model's first.
  package let memberNames: [String]
  /// The texts, in the given order.
  package private(set) var texts: [RecordedText]

  /// Each member's bits per byte of all prompts, by its name; without those that were not recorded.
  public var promptBitsPerByte: [String: Double] {
    var bits: [String: Double] = [:]
    for (member, name) in memberNames.enumerated() {
      let scores = texts.compactMap { $0.promptScores?[member] }
      let total = PromptScore(
        logProbability: scores.reduce(0) { $0 + $1.logProbability }, byteCount: scores.reduce(0) { $0 + $1.byteCount })
      bits[name] = total.bitsPerByte
    }
    return bits
  }

  /// The number of steps of all texts.
  package var stepCount: Int { texts.reduce(0) { $0 + $1.steps.count } }

  /// Reads the texts.
  ///
  /// - Parameters:
  ///   - members: The main model first; it needs a tokenizer.
  ///   - texts: The texts.
  ///   - memoryLimit: The maximum memory of the logits, in bytes.
  ///   - recordsPromptScores: Whether each member also scores its prompt, for rules whose weights depend on the prompt.
  ///   - progress: Called after each text with the completed share of the texts, from 0 to 1.
  /// - Throws: ``EvaluationError`` with the code `memoryLimit` as soon as the logits take more than the limit, and
  ///   `EnsembleError` where a member fails or the main model has no tokenizer.
  /// - Complexity: A step of generation for each token; 4 bytes for each logit of each member and step.
  public init(
    members: [Member], texts: [Text], memoryLimit: Int = 2 << 30, recordsPromptScores: Bool = false,
    progress: (@Sendable (Double) -> Void)? = nil
  ) async throws {
    let recorder = RecordingFusion(memoryLimit: memoryLimit, recordsPromptScores: recordsPromptScores)
    let ensemble = try Ensemble(members: members, fusion: recorder)
    var recorded: [RecordedText] = []
    for (index, text) in texts.enumerated() {
      let score: TextScore
      do {
        switch text.beginning {
        case .conversation(let messages): score = try await ensemble.score(text.continuation, after: messages)
        case .text(let beginning): score = try await ensemble.score(text.continuation, continuing: beginning)
        }
      } catch let error as EnsembleError {
        throw error.underlying as? EvaluationError ?? error
      }
      let steps = zip(score.tokens, recorder.takeSteps()).map { scored, logits in
        RecordedStep(token: scored.token, byteCount: scored.bytes.count, logits: logits)
      }
      recorded.append(
        RecordedText(steps: steps, byteCount: score.byteCount, promptScores: recorder.takePromptScores()))
      progress?(Double(index + 1) / Double(texts.count))
    }
    memberNames = members.map(\.name)
    self.texts = recorded
  }

  /// The same recording with every assistant's logits permuted among its text tokens, as by ``ShuffledBackend``.
  ///
  /// - Parameter vocabularies: The members' tokens, in the recording's order.
  /// - Complexity: O(V) for each assistant and step, and the memory of the recording once more.
  func shufflingAssistants(with vocabularies: [Vocabulary]) -> LogitRecording {
    let sources = vocabularies.enumerated().map { ShuffledBackend.sources(in: $1, seed: UInt64($0)) }
    var shuffled = self
    for text in shuffled.texts.indices {
      for step in shuffled.texts[text].steps.indices {
        for member in vocabularies.indices.dropFirst() {
          guard let logits = texts[text].steps[step].logits[member] else { continue }
          shuffled.texts[text].steps[step].logits[member] = sources[member].map { logits[$0] }
        }
      }
    }
    return shuffled
  }

  /// Replays a rule, which begins once for each text.
  ///
  /// - Parameters:
  ///   - fusion: A rule for these members, in this order.
  ///   - weights: The members' weights; `nil` for equal weights.
  /// - Throws: ``EvaluationError`` with the code `incomplete` where the rule depends on prompts whose scores were not
  ///   recorded; `EnsembleError` with the code `unsupported` where it asks members for more than was recorded; the
  ///   rule's errors, `CancellationError`, and `LinearAlgebraError` where its logits are no distribution.
  /// - Complexity: A fusion for each step.
  public func score(of fusion: any TokenFusion, weights: [Float]? = nil) async throws -> RecordedScore {
    let weights = weights ?? memberNames.map { _ in 1 / Float(memberNames.count) }
    var scores: [RecordedScore.TextScore] = []
    var (right, agreed, steps) = (0, 0, 0)
    var time = Duration.zero
    var (first, last, searched) = (0.0, 0.0, 0)
    let clock = ContinuousClock()
    for text in texts {
      let fusion = try await fusion.beginning(text.beginning(weights: weights))
      var logProbability = 0.0
      for step in text.steps {
        try Task.checkCancellation()
        let replayed = try Step(logits: step.logits, weights: weights)
        let start = clock.now
        let fused = try await fusion.fuse(replayed)
        time += start.duration(to: clock.now)
        logProbability += Double(fused.logits[step.token] - (try logSumExp(fused.logits)))
        let choice = argMax(fused.logits)
        if choice == step.token { right += 1 }
        if choice == argMax(replayed.main) { agreed += 1 }
        if let before = fused.losses.first, let after = fused.losses.last {
          first += Double(before)
          last += Double(after)
          searched += 1
        }
        steps += 1
      }
      scores.append(RecordedScore.TextScore(logProbability: logProbability, byteCount: text.byteCount))
    }
    let count = Double(max(steps, 1))
    return RecordedScore(
      texts: scores, accuracy: Double(right) / count, agreementWithMain: Double(agreed) / count,
      secondsPerStep: time / .seconds(1) / count,
      meanLosses: searched == 0 ? nil : (first / Double(searched), last / Double(searched)))
  }
}

extension LogitRecording.RecordedText {
  /// The beginning of the text, as passed to a rule.
  fileprivate func beginning(weights: [Float]) -> AnswerStart {
    AnswerStart(weights: weights) {
      guard let promptScores else {
        throw EvaluationError(
          .incomplete, "The rule depends on the prompt, and the recording holds no scores of it",
          remedy: "Record them: recordsPromptScores.")
      }
      return promptScores
    }
  }
}
