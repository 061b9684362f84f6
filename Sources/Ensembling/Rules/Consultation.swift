/// A rule that asks the members for more than logits in every step, such as ``RescoringFusion``.
public protocol ConsultingFusion: TokenFusion {
  /// Fuses the members' logits, and may ask the assistants how likely the text goes on with given bytes.
  ///
  /// - Parameters:
  ///   - main: The main model's logits, `[vocabulary]`.
  ///   - assistants: Each assistant's logits, `[members − 1][vocabulary]`; `nil` for one that has no part in this step.
  ///   - consultation: The way to ask the assistants.
  /// - Returns: Logits in the main model's vocabulary.
  func fuse(
    _ main: [Float], with assistants: [[Float]?], consulting consultation: Consultation
  ) async throws -> FusedLogits
}

/// The way to ask assistants, in the middle of a step, how likely the text goes on with given bytes.
///
/// An optional member that fails is absent in the rest of the answer; the failure of a required one ends it, as anywhere
/// else in a step.
public struct Consultation: Sendable {
  /// Answers for some assistants, `[members − 1][continuations]`.
  public typealias Answer = @Sendable (_ continuations: [[UInt8]], _ assistants: Set<Int>) async throws -> [[Double?]?]

  private let answer: Answer

  /// Makes a consultation.
  ///
  /// - Parameter answer: What answers; places of assistants begin with 0.
  public init(_ answer: @escaping Answer) {
    self.answer = answer
  }

  /// The natural logarithms of the probabilities that the text goes on with some bytes, whatever follows them.
  ///
  /// - Parameters:
  ///   - continuations: The bytes.
  ///   - assistants: The places among the assistants of those to ask, at the same time.
  /// - Returns: `[members − 1][continuations]`; `nil` for an assistant that was not asked or is absent, and for a
  ///   continuation that it cannot read.
  /// - Throws: ``EnsembleError`` where a required member fails; `CancellationError`.
  public func logProbabilities(
    of continuations: [[UInt8]], askingAssistants assistants: Set<Int>
  ) async throws -> [[Double?]?] {
    try await answer(continuations, assistants)
  }
}
