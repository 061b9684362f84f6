import DeePEn

/// The making of alignments, against the speed of large matrix products.
public struct BuildWorkload: Workload {
  /// "build"
  public static let name = "build"
  /// The number of tokens, V.
  public var vocabularyCount: Int
  /// The number of anchors, A.
  public var anchorCount: Int
  /// The length of an embedding, d.
  public var dimension: Int
  /// How embeddings lie in space.
  public var shape: SyntheticEmbeddings.Shape
  /// The ways that are built (``StepMethod``).
  public var methods: [String]
  /// The side of the matrices whose product sets the scale.
  public var matrixSize: Int
  /// How often each is timed.
  public var rounds: Int
  /// Threads.
  public var threads: Int

  /// Describes the measurement.
  public init(
    vocabularyCount: Int, anchorCount: Int, dimension: Int, shape: SyntheticEmbeddings.Shape, methods: [String],
    matrixSize: Int, rounds: Int, threads: Int
  ) {
    self.vocabularyCount = vocabularyCount
    self.anchorCount = anchorCount
    self.dimension = dimension
    self.shape = shape
    self.methods = methods
    self.matrixSize = matrixSize
    self.rounds = rounds
    self.threads = threads
  }

  /// The products that all cosines take, 2·V·A·d operations.
  public var operations: Double { 2 * Double(vocabularyCount) * Double(anchorCount) * Double(dimension) }

  /// Operations of the product that sets the scale.
  public var scaleOperations: Double { MatrixProduct.operations(matrixSize) }

  /// Measures; samples are "sgemm" and each way's seconds under its name.
  public func run() async throws -> Outcome {
    CorePlan(cores: threads, members: 1).apply()
    let layout = TokenLayout(vocabularyCount: vocabularyCount, sharedCount: anchorCount)
    // Held in memory, so that making rows is not counted.
    let table = SyntheticEmbeddings(layout, member: 0, dimension: dimension, shape: shape, seed: 1)
    let inputs = StepInputs(layouts: [layout], embeddings: [table.rows(0..<vocabularyCount)], steps: 5, kept: 512)
    let (a, b) = (MatrixProduct.matrix(matrixSize, seed: 1), MatrixProduct.matrix(matrixSize, seed: 2))
    var checksum: Float = 0
    let ways = try methods.map { name in
      let method = try StepMethod.named(name)
      return Rounds.Contestant(name) { _ in _ = try method.make(inputs) }
    }
    let scale = Rounds.Contestant("sgemm") { _ in checksum += BLAS.multiplyTransposed(a, b)[0, 0] }
    let samples = try await Rounds.measure([scale] + ways, rounds: rounds)
    return Outcome(samples: samples, figures: ["checksum": Double(checksum)])
  }
}
