internal import LinearAlgebra
internal import ModelBackends

/// A table of token vectors in an ONNX file: rows are converted on demand.
struct StoredTable: EmbeddingTable {
  /// The conversion of stored integers to real numbers: (number − zero point) · scale.
  struct Quantization: Sendable {
    /// The part of a table that has a scale of its own.
    enum Grain: Sendable {
      case table
      case token
      case dimension
    }
    var grain: Grain
    var scales: [Float]
    /// As many as scales, or one for all, or none.
    var zeroPoints: [Float]

    /// An identifier that distinguishes these scales from others; they may come from another file than the numbers.
    fileprivate var fingerprint: String {
      let hashes = [scales, zeroPoints].map { numbers in
        "\(numbers.count) × \(numbers.withUnsafeBytes { XXH64.hash($0) })"
      }
      return "\(grain) scales \(hashes[0]), zero points \(hashes[1])"
    }
  }

  private let bytes: TensorBytes
  /// Whether the table is stored as `[dimension × count]`.
  private let isTransposed: Bool
  private let quantization: Quantization?

  /// Creates a table from a tensor with two axes, one of them the tokens'.
  ///
  /// - Precondition: The tensor has two axes.
  init(_ bytes: TensorBytes, tokenAxis: Int, quantization: Quantization?) {
    precondition(bytes.shape.count == 2, "A table has two axes, not \(bytes.shape.count).")
    self.bytes = bytes
    isTransposed = tokenAxis == 1
    self.quantization = quantization
  }

  var count: Int { bytes.shape[isTransposed ? 1 : 0] }
  var dimension: Int { bytes.shape[isTransposed ? 0 : 1] }

  var origin: EmbeddingOrigin? {
    bytes.fileIdentity.map { file in
      let scales = quantization.map(\.fingerprint) ?? "no scales"
      return EmbeddingOrigin(files: [file], part: "\(bytes.location), transposed: \(isTransposed), \(scales)")
    }
  }

  func rows(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "Rows \(range) are not in 0..<\(count).")
    let (count, dimension) = (range.count, dimension)
    var elements = [Float](repeating: 0, count: count * dimension)
    elements.withUnsafeMutableBufferPointer { elements in
      if isTransposed {
        copyTransposed(range, to: elements)
      } else {
        bytes.copy(from: range.lowerBound * dimension, to: elements)
      }
      if let quantization { apply(quantization, to: elements, firstRow: range.lowerBound) }
    }
    return Matrix(rows: count, columns: dimension, known: elements)
  }

  /// Transposes a range of the columns of `[dimension × count]` to rows.
  private func copyTransposed(_ range: Range<Int>, to elements: UnsafeMutableBufferPointer<Float>) {
    let (rows, dimension) = (range.count, dimension)
    // A few columns at a time, so that the elements written to a row are adjacent.
    let group = 16
    withUnsafeTemporaryAllocation(of: Float.self, capacity: group * rows) { columns in
      columns.initialize(repeating: 0)
      for first in stride(from: 0, to: dimension, by: group) {
        let width = min(group, dimension - first)
        for index in 0..<width {
          let column = UnsafeMutableBufferPointer(rebasing: columns[index * rows..<(index + 1) * rows])
          bytes.copy(from: (first + index) * count + range.lowerBound, to: column)
        }
        for row in 0..<rows {
          for index in 0..<width { elements[row * dimension + first + index] = columns[index * rows + row] }
        }
      }
    }
  }

  private func apply(_ quantization: Quantization, to elements: UnsafeMutableBufferPointer<Float>, firstRow: Int) {
    let dimension = dimension
    for index in elements.indices {
      let parameter =
        switch quantization.grain {
        case .table: 0
        case .token: firstRow + index / dimension
        case .dimension: index % dimension
        }
      let zeroPoints = quantization.zeroPoints
      let zeroPoint = zeroPoints.isEmpty ? 0 : zeroPoints[zeroPoints.count == 1 ? 0 : parameter]
      elements[index] = (elements[index] - zeroPoint) * quantization.scales[parameter]
    }
  }
}
