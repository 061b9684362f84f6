import DeePEn
import LinearAlgebra

/// The published step with whole matrices, compared with the time of reading them.
public struct DenseWorkload: Workload {
  /// "dense"
  public static let name = "dense"
  /// The number of tokens, V, of both members.
  public var vocabularyCount: Int
  /// The number of anchors, A.
  public var anchorCount: Int
  /// The number of steps of the search, T.
  public var steps: Int
  /// Threads for matrix-vector products and for reading.
  public var threads: Int
  /// The number of timings of each.
  public var rounds: Int

  /// Describes the measurement.
  public init(vocabularyCount: Int, anchorCount: Int, steps: Int, threads: Int, rounds: Int) {
    self.vocabularyCount = vocabularyCount
    self.anchorCount = anchorCount
    self.steps = steps
    self.threads = threads
    self.rounds = rounds
  }

  /// One pass over a matrix, in bytes.
  public var passBytes: Double { Double(vocabularyCount * anchorCount * MemoryLayout<Float>.size) }

  /// Measures; samples are called "read", "step", "p·R" and "R·y", and the latter three again with "BLAS".
  public func run() async throws -> Outcome {
    BLAS.threadCount = threads
    let workers = Workers(count: threads)
    let matrices = try [UInt64(1), 2].map {
      try StochasticMatrix.make(rows: vocabularyCount, columns: anchorCount, seed: $0, threads: threads)
    }
    let layout = TokenLayout(vocabularyCount: vocabularyCount, sharedCount: anchorCount)
    let stream = LogitStream([layout, layout], seed: 1)
    let logits = try (0..<max(rounds, 1)).map { try stream.logits(atStep: $0) }
    let counter = PassCounter()
    let library = try fusion(
      matrices.map { CountingAlignment(base: try DenseAlignment(matrix: $0, workers: workers), counter: counter) })
    let blas = try fusion(matrices.map { BLASAlignment(matrix: $0) })

    _ = try library.fuse(Step(logits: logits[0]))
    let passes = counter.count
    let agreement = try await Agreement.measure(
      [library], against: StepReferences.reference(to: blas), steps: [logits[0]])[0]
    let distribution = try softmax(logits[0][0])
    let values = [Float](repeating: 1 / Float(anchorCount), count: anchorCount)
    let dense = try DenseAlignment(matrix: matrices[0], workers: workers)
    let reference = BLASAlignment(matrix: matrices[0])
    var checksum: Float = 0
    let samples = try await Rounds.measure(
      [
        Rounds.Contestant("read") { _ in
          checksum += matrices[0].elements.withUnsafeBufferPointer { Memory.read($0, threads: threads) }
        },
        Rounds.Contestant("step") { _ = try library.fuse(Step(logits: logits[$0])) },
        Rounds.Contestant("step, BLAS") { _ = try blas.fuse(Step(logits: logits[$0])) },
        Rounds.Contestant("p·R") { _ in checksum += dense.project(distribution)[0] },
        Rounds.Contestant("p·R, BLAS") { _ in checksum += reference.project(distribution)[0] },
        Rounds.Contestant("R·y") { _ in checksum += dense.pullBack(values)[0] },
        Rounds.Contestant("R·y, BLAS") { _ in checksum += reference.pullBack(values)[0] },
      ], rounds: rounds)
    return Outcome(
      samples: samples,
      figures: [
        "passes": Double(passes), "checksum": Double(checksum), "difference": agreement.tokens.median,
      ])
  }

  private func fusion(_ alignments: [any TokenAlignment]) throws -> DeePEnFusion {
    try DeePEnFusion(alignments: alignments, search: AdamWSearch(steps: steps))
  }
}
