import DeePEn

/// Memory bandwidth, and the speed of large matrix products.
public struct BandwidthWorkload: Workload {
  /// "bandwidth"
  public static let name = "bandwidth"
  /// The size of each of three buffers in bytes, far larger than the caches.
  public var bufferBytes: Int
  /// The number of rows and columns of the multiplied matrices.
  public var matrixSize: Int
  /// The numbers of threads to measure with.
  public var threads: [Int]
  /// The number of measurements of each.
  public var rounds: Int

  /// Describes the measurement.
  public init(bufferBytes: Int, matrixSize: Int, threads: [Int], rounds: Int) {
    self.bufferBytes = bufferBytes
    self.matrixSize = matrixSize
    self.threads = threads
    self.rounds = rounds
  }

  /// Measures; samples are called "read 1", "triad 1", "sgemm 1" and so on, with the number of threads.
  public func run() async throws -> Outcome {
    let count = bufferBytes / MemoryLayout<Float>.size
    let buffers = (0..<3).map { _ in UnsafeMutableBufferPointer<Float>.allocate(capacity: count) }
    defer { buffers.forEach { $0.deallocate() } }
    for (number, buffer) in buffers.enumerated() { buffer.initialize(repeating: Float(number)) }
    let (a, b) = (try MatrixProduct.matrix(matrixSize, seed: 1), try MatrixProduct.matrix(matrixSize, seed: 2))
    var checksum: Float = 0
    let contestants = threads.flatMap { threads in
      [
        Rounds.Contestant("read \(threads)") { _ in
          checksum += Memory.read(UnsafeBufferPointer(buffers[1]), threads: threads)
        },
        Rounds.Contestant("triad \(threads)") { _ in
          Memory.triad(
            buffers[0].baseAddress!, buffers[1].baseAddress!, buffers[2].baseAddress!, count: count, threads: threads)
        },
        Rounds.Contestant("sgemm \(threads)") { _ in
          BLAS.threadCount = threads
          checksum += BLAS.multiplyTransposed(a, b)[0, 0]
        },
      ]
    }
    let samples = try await Rounds.measure(contestants, rounds: rounds)
    return Outcome(samples: samples, figures: ["checksum": Double(checksum)])
  }

  /// The bytes that a sample's pass moves; `nil` for products of matrices.
  public func bytes(of sample: String) -> Double? {
    if sample.hasPrefix("read") { return Double(bufferBytes) }
    return sample.hasPrefix("triad") ? 3 * Double(bufferBytes) : nil
  }

  /// Floating-point operations of a product.
  public var operations: Double { MatrixProduct.operations(matrixSize) }
}
