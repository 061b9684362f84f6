internal import LinearAlgebra
internal import ModelBackends

/// A table of token vectors quantised to 4-bit or 8-bit integers, with a scale for each block of a row.
///
/// Element = (number − zero point) · scale, as the operators `MatMulNBits` and `GatherBlockQuantized` define it.
struct BlockTable: EmbeddingTable {
  let count: Int
  let dimension: Int
  private let bits: Int
  private let blockSize: Int
  private let isSigned: Bool
  private let numbers: TensorBytes
  private let scales: TensorBytes
  private let zeroPoints: TensorBytes?
  /// The zero point where the table has none of its own.
  private let zeroPoint: Float
  private let rowBytes: Int
  private let blocks: Int

  /// Creates a table and checks that its parts fit together.
  ///
  /// - Throws: ``BackendError`` with the code `invalidFile` where they do not.
  init(
    count: Int, dimension: Int, bits: Int, blockSize: Int, isSigned: Bool, zeroPoint: Float, numbers: TensorBytes,
    scales: TensorBytes, zeroPoints: TensorBytes?, file: String
  ) throws {
    let blocks = (dimension + blockSize - 1) / blockSize
    // One operator pads rows to whole blocks; with the other, rows are whole blocks already.
    let rowBytes = count > 0 ? numbers.byteCount / count : 0
    let zeroBytes = zeroPoints.map { $0.byteCount >= (count * blocks * bits + 7) / 8 } ?? true
    guard count > 0, numbers.byteCount == count * rowBytes, rowBytes >= (dimension * bits + 7) / 8,
      scales.type.isReal, scales.shape.reduce(1, *) == count * blocks, zeroBytes
    else {
      throw BackendError(
        .invalidFile, in: file,
        "tensor \(numbers.name) has \(numbers.byteCount) bytes and \(scales.shape) scales, which is not "
          + "[\(count) × \(dimension)] of \(bits) bits in blocks of \(blockSize)",
        remedy: "Export or download the model again")
    }
    self.count = count
    self.dimension = dimension
    self.bits = bits
    self.blockSize = blockSize
    self.isSigned = isSigned
    self.zeroPoint = zeroPoint
    self.numbers = numbers
    self.scales = scales
    self.zeroPoints = zeroPoints
    self.rowBytes = rowBytes
    self.blocks = blocks
  }

  var origin: EmbeddingOrigin? {
    let parts = [numbers, scales] + (zeroPoints.map { [$0] } ?? [])
    let files = parts.compactMap(\.fileIdentity)
    guard files.count == parts.count else { return nil }
    let form = "\(bits) bits in blocks of \(blockSize), signed: \(isSigned), zero point \(zeroPoint)"
    return EmbeddingOrigin(
      files: files, part: "[\(count) × \(dimension)], \(form), \(parts.map(\.location).joined(separator: "; "))")
  }

  func rows(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "Rows \(range) are not in 0..<\(count).")
    var elements = [Float](repeating: 0, count: range.count * dimension)
    var scale = [Float](repeating: 0, count: blocks)
    for row in range {
      scale.withUnsafeMutableBufferPointer { scales.copy(from: row * blocks, to: $0) }
      let zero = zeroPoints(ofRow: row)
      let start = (row - range.lowerBound) * dimension
      numbers.withBytes(row * rowBytes..<(row + 1) * rowBytes) { bytes in
        for index in 0..<dimension {
          let block = index / blockSize
          elements[start + index] = (number(bytes, at: index) - zero[block]) * scale[block]
        }
      }
    }
    return Matrix(rows: range.count, columns: dimension, known: elements)
  }

  private func zeroPoints(ofRow row: Int) -> [Float] {
    var zero = [Float](repeating: zeroPoint, count: blocks)
    guard let zeroPoints else { return zero }
    // Whole bytes per row, or packed without a gap between rows.
    let padded = (blocks * bits + 7) / 8
    let isPadded = zeroPoints.byteCount == count * padded
    zeroPoints.withBytes(0..<zeroPoints.byteCount) { bytes in
      for block in 0..<blocks {
        let index = isPadded ? row * padded * 8 / bits + block : row * blocks + block
        zero[block] = number(bytes, at: index)
      }
    }
    return zero
  }

  private func number(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Float {
    if bits == 8 { return isSigned ? Float(Int8(bitPattern: bytes[index])) : Float(bytes[index]) }
    let half = Int(bytes[index / 2] >> (index % 2 == 0 ? 0 : 4) & 0xf)
    return Float(isSigned && half > 7 ? half - 16 : half)
  }
}
