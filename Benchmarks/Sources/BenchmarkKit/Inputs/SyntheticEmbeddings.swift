import CBenchmarkKernels
public import DeePEn

/// A synthetic table of token vectors whose rows are computed on demand, `[V × d]`.
///
/// A row is a token's meaning, a short vector that is equal for all members of a shared token, projected to the
/// member's own space by a random matrix, plus noise of the member's own. Tokens come in clusters of four with related
/// meanings.
public struct SyntheticEmbeddings: EmbeddingTable {
  /// The distribution of the rows.
  public enum Shape: String, Codable, Sendable, CaseIterable {
    /// As in large models with untied tables: nearly orthogonal rows.
    case orthogonal
    /// As in small models with tied tables: rows share a direction, with a mean cosine of 0.2, and their variance falls
    /// from dimension to dimension as 1/j, in meaning and in noise.
    case anisotropic
  }

  /// The number of rows.
  public let count: Int
  /// The dimension, d.
  public let dimension: Int
  private let layout: TokenLayout
  private let member: Int
  private let seed: UInt64
  /// The projection from meanings to rows, `[d × meaning]`.
  private let projection: Matrix
  /// Each dimension's noise, `[d]`.
  private let noise: [Float]
  /// The mean of all rows, `[d]`.
  private let mean: [Float]

  private static let meaningLength = 128
  private static let familyShare: Float = 0.5
  private static let meanCosine: Float = 0.2

  /// Creates a member's table; equal seeds give equal rows.
  public init(_ layout: TokenLayout, member: Int, dimension: Int, shape: Shape, seed: UInt64) {
    count = layout.vocabularyCount
    self.dimension = dimension
    self.layout = layout
    self.member = member
    self.seed = seed
    let share: Float = shape == .orthogonal ? 0.25 : 0.5
    let meaningScales = Self.scales(Self.meaningLength, shape)
    let own = seed &+ UInt64(member + 1) &* 0x2545_f491_4f6c_dd1d
    var projection = Matrix(rows: dimension, columns: Self.meaningLength)
    let spread = (share / Float(Self.meaningLength)).squareRoot()
    for row in 0..<dimension {
      for column in 0..<Self.meaningLength {
        let index = UInt64(row * Self.meaningLength + column)
        projection[row, column] = spread * meaningScales[column] * benchmark_normal(own, index)
      }
    }
    self.projection = projection
    noise = Self.scales(dimension, shape).map { (1 - share).squareRoot() * $0 }
    let length = shape == .orthogonal ? 0 : (Self.meanCosine / (1 - Self.meanCosine)).squareRoot()
    mean = (0..<dimension).map { length * benchmark_normal(own ^ 0x5bd1_e995, UInt64($0)) }
  }

  /// Standard deviations of the dimensions, with a mean square of one.
  private static func scales(_ dimension: Int, _ shape: Shape) -> [Float] {
    guard shape == .anisotropic else { return Array(repeating: 1, count: dimension) }
    let variances = (1...dimension).map { 1 / Float($0) }
    let factor = Float(dimension) / variances.reduce(0, +)
    return variances.map { ($0 * factor).squareRoot() }
  }

  /// A block of rows, `[range.count × d]`.
  public func rows(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "Rows \(range) are not in 0..<\(count).")
    var result = BLAS.multiplyTransposed(meanings(range), projection)
    var ownNoise = [Float](repeating: 0, count: dimension)
    result.elements.withUnsafeMutableBufferPointer { elements in
      for (row, token) in range.enumerated() {
        let rowSeed = seed &+ (UInt64(member + 1) << 48) &+ UInt64(token) &* 0xda94_2042_e4dd_58b5
        for index in ownNoise.indices { ownNoise[index] = 0 }
        benchmark_add_normal(Int64(dimension), rowSeed, 1, &ownNoise)
        let start = row * dimension
        for index in 0..<dimension { elements[start + index] += noise[index] * ownNoise[index] + mean[index] }
      }
    }
    return result
  }

  /// The meanings of tokens, `[range.count × meaning]`.
  private func meanings(_ range: Range<Int>) -> Matrix {
    let length = Self.meaningLength
    var meanings = Matrix(rows: range.count, columns: length)
    meanings.elements.withUnsafeMutableBufferPointer { elements in
      for (row, token) in range.enumerated() {
        let key = layout.key(of: token, member: member)
        let target = elements.baseAddress! + row * length
        benchmark_add_normal(
          Int64(length), seed ^ (key / 4 &* 0xa076_1d64_78bd_642f), Self.familyShare.squareRoot(), target)
        benchmark_add_normal(
          Int64(length), seed ^ 0x1234_5678 ^ (key &* 0xe703_7ed1_a0b4_28db), (1 - Self.familyShare).squareRoot(),
          target)
      }
    }
    return meanings
  }
}
