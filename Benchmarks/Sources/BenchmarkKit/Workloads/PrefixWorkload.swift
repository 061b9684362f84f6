import DeePEn
import GGUFBackend
import LinearAlgebra

/// A fused step in the space of byte prefixes, with its parts.
public struct PrefixWorkload: Workload {
  /// "prefix"
  public static let name = "prefix"
  /// GGUF files whose vocabularies are used; empty for synthetic ones.
  public var files: [String]
  /// The sizes of synthetic vocabularies; the main model's first.
  public var vocabularyCounts: [Int]
  /// The number of tokens that synthetic vocabularies share.
  public var sharedCount: Int
  /// The number of timings of a step.
  public var rounds: Int
  /// Threads.
  public var threads: Int

  /// Describes the measurement.
  public init(files: [String], vocabularyCounts: [Int], sharedCount: Int, rounds: Int, threads: Int) {
    self.files = files
    self.vocabularyCounts = vocabularyCounts
    self.sharedCount = sharedCount
    self.rounds = rounds
    self.threads = threads
  }

  /// Measures. Samples: "standard rule", "one space", and the parts of the latter: "softmax", "projection",
  /// "combination", "search", each for all members. Figures: "tokens 0" and so on, "anchors", "build", in seconds.
  public func run() async throws -> Outcome {
    BLAS.threadCount = threads
    let vocabularies = try self.vocabularies()
    let start = ContinuousClock.now
    guard let fusion = try PrefixMethod.fusion(vocabularies, rule: .prefix) as? DeePEnFusion else {
      preconditionFailure("The rule of byte prefixes is a fusion in a relative space.")
    }
    let build = start.duration(to: .now) / .seconds(1)
    let standard = try PrefixMethod.fusion(vocabularies, rule: .standard)
    // Logits only need the right lengths and distribution; the number of shared tokens matters more than their choice.
    let anchors = fusion.alignments[0].anchorCount
    let layouts = vocabularies.map {
      TokenLayout(vocabularyCount: $0.count, sharedCount: min(anchors, vocabularies.map(\.count).min() ?? 1))
    }
    let stream = LogitStream(layouts, seed: 1)
    let logits = try (0..<rounds).map { try stream.logits(atStep: $0) }
    let distributions = try logits.map { try $0.map(softmax) }
    let relatives = distributions.map { zip(fusion.alignments, $0).map { $0.project($1) } }
    let weights = [Float](repeating: 1 / Float(vocabularies.count), count: vocabularies.count)
    let targets = try relatives.map { try fusion.combination.fuse($0, weights: weights) }
    var outcome = Outcome()
    outcome.samples = try await Rounds.measure(
      [
        Rounds.Contestant("standard rule") { _ = try await standard.fuse(Step(logits: logits[$0])) },
        Rounds.Contestant("one space") { _ = try fusion.fuse(Step(logits: logits[$0])) },
        Rounds.Contestant("softmax") { for member in logits[$0] { _ = try softmax(member) } },
        Rounds.Contestant("projection") { round in
          for (alignment, distribution) in zip(fusion.alignments, distributions[round]) {
            _ = alignment.project(distribution)
          }
        },
        Rounds.Contestant("combination") { _ = try fusion.combination.fuse(relatives[$0], weights: weights) },
        Rounds.Contestant("search") {
          _ = try fusion.search.search(from: logits[$0][0], toward: targets[$0], through: fusion.alignments[0])
        },
      ], rounds: rounds)
    outcome.figures = ["anchors": Double(anchors), "build": build]
    for (member, vocabulary) in vocabularies.enumerated() {
      outcome.figures["tokens \(member)"] = Double(vocabulary.count)
    }
    return outcome
  }

  private func vocabularies() throws -> [Vocabulary] {
    guard files.isEmpty else { return try files.map { try GGUFTokenizer(file: $0).vocabulary } }
    return try vocabularyCounts.enumerated().map { member, count in
      try SyntheticVocabulary.make(TokenLayout(vocabularyCount: count, sharedCount: sharedCount), member: member)
    }
  }
}
