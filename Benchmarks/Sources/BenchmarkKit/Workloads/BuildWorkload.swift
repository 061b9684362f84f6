import DeePEn
import Foundation

/// Building alignments, compared with large matrix products.
public struct BuildWorkload: Workload {
  /// "build"
  public static let name = "build"
  /// The number of tokens, V.
  public var vocabularyCount: Int
  /// The number of anchors, A.
  public var anchorCount: Int
  /// The embedding dimension, d.
  public var dimension: Int
  /// The distribution of the embeddings.
  public var shape: SyntheticEmbeddings.Shape
  /// The methods that are built (``StepMethod``).
  public var methods: [String]
  /// The size of the square matrices whose product is the scale.
  public var matrixSize: Int
  /// The number of timings of each.
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

  /// The products for all cosines, 2·V·A·d operations.
  public var operations: Double { 2 * Double(vocabularyCount) * Double(anchorCount) * Double(dimension) }

  /// Operations of the product that is the scale.
  public var scaleOperations: Double { MatrixProduct.operations(matrixSize) }

  /// Measures; samples are "sgemm" and each method's seconds under its name, and "read from the cache" beside
  /// "factored".
  public func run() async throws -> Outcome {
    BLAS.threadCount = threads
    let layout = TokenLayout(vocabularyCount: vocabularyCount, sharedCount: anchorCount)
    // Held in memory, so that computing rows is not counted.
    let table = SyntheticEmbeddings(layout, member: 0, dimension: dimension, shape: shape, seed: 1)
    let inputs = StepInputs(
      layouts: [layout], embeddings: [table.rows(0..<vocabularyCount)], steps: 5, kept: 512,
      workers: Workers(count: threads))
    let (a, b) = (try MatrixProduct.matrix(matrixSize, seed: 1), try MatrixProduct.matrix(matrixSize, seed: 2))
    var checksum: Float = 0
    let contestants = try methods.map { name in
      let method = try StepMethod.named(name)
      return Rounds.Contestant(name) { _ in _ = try method.make(inputs) }
    }
    let cache = FileManager.default.temporaryDirectory.appending(path: "deepen-benchmark-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: cache) }
    let cached = try methods.contains("factored") ? [reading(inputs, from: cache)] : []
    let scale = Rounds.Contestant("sgemm") { _ in checksum += BLAS.multiplyTransposed(a, b)[0, 0] }
    let samples = try await Rounds.measure([scale] + contestants + cached, rounds: rounds)
    return Outcome(samples: samples, figures: ["checksum": Double(checksum)])
  }

  /// Reading a cached alignment, of a table that declares itself unchanged.
  private func reading(_ inputs: StepInputs, from cache: String) throws -> Rounds.Contestant {
    var cached = inputs
    cached.cache = cache
    cached.embeddings = inputs.embeddings.map { UnchangedTable(base: $0) }
    let factored = try StepMethod.named("factored")
    _ = try factored.make(cached)
    return Rounds.Contestant("read from the cache") { [cached] _ in _ = try factored.make(cached) }
  }
}

/// A table with an origin, like one in an unchanged file.
private struct UnchangedTable: EmbeddingTable {
  let base: any EmbeddingTable

  var count: Int { base.count }

  var dimension: Int { base.dimension }

  var origin: EmbeddingOrigin? {
    EmbeddingOrigin(files: [EmbeddingOrigin.File(path: CommandLine.arguments[0])].compactMap(\.self), part: "all")
  }

  func rows(_ range: Range<Int>) throws -> Matrix { try base.rows(range) }
}
