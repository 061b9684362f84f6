internal import Fusion
public import ModelBackends
internal import Synchronization

/// The start of an answer: a rule's input before the first step.
public struct AnswerStart: Sendable {
  /// The members' weights, the main model's first: not negative, with the sum 1.
  public let weights: [Float]
  private let scores: Scores

  /// Creates a start.
  ///
  /// - Parameters:
  ///   - weights: The members' weights, with the sum 1.
  ///   - promptScores: Scores every member's prompt; it is called at most once.
  public init(weights: [Float], promptScores: @escaping @Sendable () async throws -> [PromptScore?]) {
    self.init(weights: weights, scores: Scores(ask: promptScores))
  }

  private init(weights: [Float], scores: Scores) {
    self.weights = weights
    self.scores = scores
  }

  /// Returns each member's score of its prompt, the main model's first; `nil` for one that takes no part in the answer.
  ///
  /// - Throws: ``EnsembleError`` where a required member cannot score its prompt; `CancellationError`.
  public func promptScores() async throws -> [PromptScore?] { try await scores.value() }

  /// The same start with other weights. Scores are shared.
  public func reweighted(_ weights: [Float]) -> AnswerStart { AnswerStart(weights: weights, scores: scores) }

  /// The members' scores, computed once.
  private final class Scores: Sendable {
    private let ask: @Sendable () async throws -> [PromptScore?]
    private let known = Mutex<[PromptScore?]?>(nil)

    init(ask: @escaping @Sendable () async throws -> [PromptScore?]) {
      self.ask = ask
    }

    func value() async throws -> [PromptScore?] {
      if let known = known.withLock(\.self) { return known }
      let found = try await ask()
      known.withLock { $0 = found }
      return found
    }
  }
}
