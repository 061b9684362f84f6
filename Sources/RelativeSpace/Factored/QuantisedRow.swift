import AlignmentKernels
import LinearAlgebra

/// A row of R̂ without its large entries, at one byte per anchor.
struct QuantisedRow: Sendable {
  /// The scale of the codes.
  let scale: LogCodes
  private let codes: StoredArray<UInt8>

  /// Reads a row from a record of `size(count:)` bytes (``write(_:to:)``).
  init(_ record: StoredArray<UInt8>, count: Int) {
    scale = record.withSpan { $0.bytes.unsafeLoadUnaligned(as: LogCodes.self) }
    codes = record[Self.headerSize..<Self.headerSize + count]
  }

  /// Quantises exp(factor · exponent) for each anchor into newly allocated memory; `sum` is their sum.
  init(exponents row: StoredArray<Float>, factor: Float, sum: Float) {
    let codes = StoredArray<UInt8>(zeros: row.count)
    scale = row.withSpan { row in
      codes.withMutableSpan { LogCodes.quantise(exponents: row, factor: factor, sum: sum, into: &$0) }
    }
    self.codes = codes
  }

  /// Dequantises some of the row's anchors to bfloat16.
  ///
  /// - Complexity: O(range).
  func dequantise(_ range: Range<Int>, into row: StoredArray<UInt16>) {
    codes[range].withSpan { codes in
      row[range].withMutableSpan { scale.dequantise(codes, into: &$0) }
    }
  }

  /// Writes a row to a record; the bytes after it are zeros, so that equal rows have equal bytes.
  static func write(_ row: StoredArray<Float>, to record: StoredArray<UInt8>) {
    for index in 0..<record.count { record[index] = 0 }
    let scale = row.withSpan { row in
      record[headerSize..<headerSize + row.count].withMutableSpan { LogCodes.quantise(row, into: &$0) }
    }
    withUnsafeBytes(of: scale) { record.write($0) }
  }

  /// The number of bytes of the record of a row of `count` anchors.
  static func size(count: Int) -> Int { (headerSize + count + 63) / 64 * 64 }

  private static let headerSize = 16
}
