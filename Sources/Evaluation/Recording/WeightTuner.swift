public import Ensembling
internal import LinearAlgebra

/// Finds the weights that minimise a recording's bits per byte.
///
/// Two members at a time exchange weight while the others keep theirs; with two members this is one line search. On few
/// texts, tuned weights are overfitted: report them on texts that were not tuned on.
public struct WeightTuner: Sendable {
  /// The result of tuning.
  public struct Outcome: Sendable, Hashable {
    /// The best weights, the main model's first; their sum is 1.
    public var weights: [Float]
    /// Bits per byte with them.
    public var bitsPerByte: Double
    /// Bits per byte with the weights at the start, never less than `bitsPerByte`.
    public var bitsPerByteAtStart: Double
    /// The number of times that the recording was replayed.
    public var evaluations: Int
  }

  /// The number of shares that each exchange tries before it refines the best, 0 and 1 included.
  package var gridCount: Int
  /// The number of points that are tried around the best share.
  package var refinements: Int
  /// The maximum number of rounds over all pairs.
  package var maximumRounds: Int

  /// Creates a tuner.
  public init(gridCount: Int = 6, refinements: Int = 6, maximumRounds: Int = 3) {
    self.gridCount = gridCount
    self.refinements = refinements
    self.maximumRounds = maximumRounds
  }

  /// Finds weights.
  ///
  /// - Parameters:
  ///   - recording: The recording to measure on.
  ///   - start: The initial weights, one per member, with the sum 1.
  ///   - fusion: The rule, which is replayed under every choice of weights.
  /// - Throws: ``EvaluationError`` where the numbers do not fit, and the rules' errors.
  /// - Complexity: `gridCount + refinements` replays for each pair of members and round.
  public func tune(
    on recording: LogitRecording, from start: [Float], fusion: any TokenFusion
  ) async throws -> Outcome {
    try check(start, on: recording)
    var evaluations = 0
    func measure(_ weights: [Float]) async throws -> Double {
      evaluations += 1
      return try await recording.score(of: fusion, weights: weights).bitsPerByte
    }
    let atStart = try await measure(start)
    var best = (weights: start, value: atStart)
    let search = LineSearch(gridCount: gridCount, refinements: refinements)
    for _ in 0..<maximumRounds {
      let before = best.value
      for one in start.indices {
        for other in start.indices.dropFirst(one + 1) {
          let fixed = best.weights
          let sum = Double(fixed[one] + fixed[other])
          guard sum > 0 else { continue }
          func exchanged(_ share: Double) -> [Float] {
            var weights = fixed
            weights[one] = Float(sum * share)
            weights[other] = Float(sum * (1 - share))
            return weights
          }
          let found = try await search.minimum(in: 0...1) { try await measure(exchanged($0)) }
          if found.value < best.value { best = (exchanged(found.argument), found.value) }
        }
      }
      if start.count <= 2 || before - best.value < 1e-4 { break }
    }
    return Outcome(
      weights: best.weights, bitsPerByte: best.value, bitsPerByteAtStart: atStart, evaluations: evaluations)
  }

  private func check(_ start: [Float], on recording: LogitRecording) throws {
    guard start.count == recording.memberNames.count, start.allSatisfy({ $0 >= 0 }),
      abs(start.reduce(0, +) - 1) < 1e-4
    else {
      throw EvaluationError(
        .invalidOption, "\(start) are no weights for \(recording.memberNames.count) members",
        remedy: "Give one weight a member, none negative, with the sum 1.")
    }
    guard gridCount > 1, maximumRounds > 0 else {
      throw EvaluationError(
        .invalidOption, "A grid of \(gridCount) points and \(maximumRounds) rounds find nothing",
        remedy: "Use at least two points and one round.")
    }
  }
}

extension LogitRecording {
  /// The temperature of the main model alone that minimises bits per byte: a control that any gain must exceed.
  ///
  /// - Parameter range: The temperatures to search; both ends positive.
  /// - Returns: The best temperature and bits per byte with it, never more than with the temperature 1.
  /// - Complexity: 24 replays.
  public func bestMainTemperature(
    in range: ClosedRange<Double> = 0.25...4
  ) async throws -> (temperature: Double, bitsPerByte: Double) {
    precondition(range.lowerBound > 0, "A temperature is positive.")
    let unchanged = try await score(of: TemperatureFusion(temperature: 1)).bitsPerByte
    let logarithms = ElementaryFunctions.log(range.lowerBound)...ElementaryFunctions.log(range.upperBound)
    let found = try await LineSearch(gridCount: 9, refinements: 14).minimum(in: logarithms) {
      try await score(of: TemperatureFusion(temperature: Float(ElementaryFunctions.exp($0)))).bitsPerByte
    }
    return found.value < unchanged ? (ElementaryFunctions.exp(found.argument), found.value) : (1, unchanged)
  }
}
