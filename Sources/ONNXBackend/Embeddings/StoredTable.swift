internal import LinearAlgebra
internal import ModelBackends

/// A table of token vectors in an ONNX file: rows are converted as they are asked for.
struct StoredTable: EmbeddingTable {
  /// How stored whole numbers become real ones: (number − zero point) · scale.
  struct Quantization: Sendable {
    /// What has a scale of its own.
    enum Grain: Sendable {
      case table
      case token
      case dimension
    }
    var grain: Grain
    var scales: [Float]
    /// As many as scales, or one for all, or none.
    var zeroPoints: [Float]
  }

  private let bytes: TensorBytes
  /// Whether the table is stored as `[dimension × count]`.
  private let isTransposed: Bool
  private let quantization: Quantization?

  /// Makes a table of a tensor with two axes, one of them the tokens'.
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

  func rows(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "Rows \(range) are not in 0..<\(count).")
    let (count, dimension) = (range.count, dimension)
    var elements = [Float](repeating: 0, count: count * dimension)
    elements.withUnsafeMutableBufferPointer { elements in
      if isTransposed {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { column in
          column.initialize(repeating: 0)
          for index in 0..<dimension {
            bytes.copy(from: index * self.count + range.lowerBound, to: column)
            for row in 0..<count { elements[row * dimension + index] = column[row] }
          }
        }
      } else {
        bytes.copy(from: range.lowerBound * dimension, to: elements)
      }
      if let quantization { apply(quantization, to: elements, firstRow: range.lowerBound) }
    }
    return Matrix(rows: count, columns: dimension, elements: elements)
  }

  private func apply(_ quantization: Quantization, to elements: UnsafeMutableBufferPointer<Float>, firstRow: Int) {
    let dimension = dimension
    for index in elements.indices {
      let place =
        switch quantization.grain {
        case .table: 0
        case .token: firstRow + index / dimension
        case .dimension: index % dimension
        }
      let zeroPoints = quantization.zeroPoints
      let zeroPoint = zeroPoints.isEmpty ? 0 : zeroPoints[zeroPoints.count == 1 ? 0 : place]
      elements[index] = (elements[index] - zeroPoint) * quantization.scales[place]
    }
  }
}
