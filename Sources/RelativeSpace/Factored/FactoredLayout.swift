import AlignmentKernels
import LinearAlgebra

/// The layout of a factored alignment's memory.
struct FactoredLayout: Sendable, Hashable {
  /// V, the number of tokens.
  var tokens: Int
  /// A, the number of anchors.
  var anchors: Int
  /// d, the length of a direction.
  var dimension: Int
  /// The number of large entries of each token.
  var entries: Int
  /// The number of rows that all tokens share, the base row included.
  var sharedRows: Int
  /// The number of tokens with a quantised row.
  var quantisedRows: Int

  /// A part: its offset and length in bytes.
  struct Part: Sendable, Hashable {
    var offset: Int
    var count: Int
    var end: Int { offset + count }
  }

  /// The parts, in order; each starts at a multiple of 64 bytes.
  private var parts: [Part] {
    let sizes = [
      tokens * entries * 4, tokens * entries * 4, tokens * sharedRows * 4, tokens * 4, sharedRows * anchors * 4,
      QuantisedRows.planes * anchors * 4, QuantisedRows.planes * anchors * planeWidth, tokens * 4,
      quantisedRows * quantisedRowSize,
    ]
    var offset = 0
    return sizes.map { size in
      defer { offset = (offset + size + 63) / 64 * 64 }
      return Part(offset: offset, count: size)
    }
  }

  /// The anchors of the large entries, `[V × entries]`, Int32.
  var entryAnchors: Part { parts[0] }
  /// The large entries, `[V × entries]`, Float.
  var entryValues: Part { parts[1] }
  /// The tokens' coefficients of the shared rows, `[V × shared rows]`, Float.
  var coefficients: Part { parts[2] }
  /// The L1 distance of each factored row from the exact one, `[V]`, Float.
  var rowErrors: Part { parts[3] }
  /// The shared rows, `[shared rows × A]`, Float.
  var shared: Part { parts[4] }
  /// The scales of the anchors' directions, `[planes × A]`, Float.
  var directionScales: Part { parts[5] }
  /// The codes of the anchors' directions, `[planes × A × plane width]` (``QuantisedRows``).
  var directionCodes: Part { parts[6] }
  /// The size of a direction in each bit plane, in bytes.
  var planeWidth: Int { QuantisedRows.planeWidth(length: dimension) }

  /// The index of each token's row among the quantised ones, −1 where it has none, `[V]`, Int32.
  var quantisedRowIndices: Part { parts[7] }
  /// The quantised rows. They come last, so that their number does not change the offsets of the other parts.
  var quantisedRowRecords: Part { parts[8] }
  /// The size of a quantised row in bytes.
  var quantisedRowSize: Int { QuantisedRow.size(count: anchors) }

  /// The total size in bytes.
  var byteCount: Int { quantisedRowRecords.end }

  /// Whether the sizes are small enough that their products cannot overflow.
  var isPlausible: Bool {
    let limit = 1 << 24
    return [tokens, anchors, dimension, sharedRows].allSatisfy { 1..<limit ~= $0 }
      && 0...min(anchors, 1 << 12) ~= entries && 0...tokens ~= quantisedRows
  }
}
