import DeePEn
import LinearAlgebra

/// The path from raw logits to a distribution and its likeliest tokens.
public struct SoftmaxWorkload: Workload {
  /// "softmax"
  public static let name = "softmax"
  /// The number of logits, V.
  public var vocabularyCount: Int
  /// The number of likeliest tokens that are selected.
  public var kept: Int
  /// The number of timings of each; every timing covers ``repetitions`` vectors.
  public var rounds: Int

  /// The number of vectors in one timing, so that the clock's resolution does not matter.
  public static let repetitions = 20

  /// Describes the measurement.
  public init(vocabularyCount: Int, kept: Int, rounds: Int) {
    self.vocabularyCount = vocabularyCount
    self.kept = kept
    self.rounds = rounds
  }

  /// Measures; samples are seconds for one vector: "likely tokens", as a step of fusion takes them (0.1 % left out,
  /// `kept` at most), "softmax", "selection", "softmax and selection".
  public func run() async throws -> Outcome {
    let layout = TokenLayout(vocabularyCount: vocabularyCount, sharedCount: max(1, vocabularyCount / 2))
    let stream = LogitStream([layout], seed: 1)
    let logits = try (0..<Self.repetitions).map { try stream.logits(atStep: $0)[0] }
    let distributions = try logits.map(softmax)
    let samples = try await Rounds.measure(
      [
        Rounds.Contestant("likely tokens") { [kept] _ in
          for vector in logits { _ = try truncatedSoftmax(vector, leavingOut: 1e-3, limit: kept) }
        },
        Rounds.Contestant("softmax") { _ in for vector in logits { _ = try softmax(vector) } },
        Rounds.Contestant("selection") { [kept] _ in for vector in distributions { _ = topK(kept, of: vector) } },
        Rounds.Contestant("softmax and selection") { [kept] _ in
          for vector in logits { _ = topK(kept, of: try softmax(vector)) }
        },
      ], rounds: rounds)
    return Outcome(
      samples: samples.map { Samples($0.name, $0.values.map { $0 / Double(Self.repetitions) }) })
  }
}
