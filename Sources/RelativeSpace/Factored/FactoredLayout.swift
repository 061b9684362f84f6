import LinearAlgebra

/// Where the parts of a factored alignment lie in its memory.
struct FactoredLayout: Sendable, Hashable {
  /// V, the number of tokens.
  var tokens: Int
  /// A, the number of anchors.
  var anchors: Int
  /// d, the length of a direction.
  var dimension: Int
  /// How many large entries each token has.
  var entries: Int
  /// How many rows all tokens share, the base row included.
  var sharedRows: Int
  /// How many tokens have a coded row.
  var codedRows: Int

  /// A part: where it starts and how long it is, in bytes.
  struct Part: Sendable, Hashable {
    var offset: Int
    var count: Int
    var end: Int { offset + count }
  }

  /// The parts, one after the other; each starts at a multiple of 64 bytes.
  private var parts: [Part] {
    let sizes = [
      tokens * entries * 4, tokens * entries * 4, tokens * sharedRows * 4, tokens * 4, sharedRows * anchors * 4,
      CodedRows.planes * anchors * 4, CodedRows.planes * anchors * planeWidth, tokens * 4, codedRows * codedRowSize,
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
  /// How much of each shared row a token has, `[V × shared rows]`, Float.
  var coefficients: Part { parts[2] }
  /// The L1 distance of what is stored of each row from the exact one, `[V]`, Float.
  var rowErrors: Part { parts[3] }
  /// The shared rows, `[shared rows × A]`, Float.
  var shared: Part { parts[4] }
  /// The scales of the anchors' directions, `[planes × A]`, Float.
  var directionScales: Part { parts[5] }
  /// The codes of the anchors' directions, `[planes × A × plane width]` (``CodedRows``).
  var directionCodes: Part { parts[6] }
  /// How many bytes a direction takes in each plane.
  var planeWidth: Int { CodedRows.planeWidth(length: dimension) }

  /// The place of each token's row among the coded ones, −1 where it has none, `[V]`, Int32.
  var codedRowPlaces: Part { parts[7] }
  /// The coded rows. They come last, so that fewer of them than there is room for change nothing before them.
  var codedRowRecords: Part { parts[8] }
  /// How many bytes a coded row takes.
  var codedRowSize: Int { CodedRow.size(count: anchors) }

  /// The number of bytes of the whole.
  var byteCount: Int { codedRowRecords.end }

  /// Whether the sizes are so ordinary that their products cannot overflow.
  var isPlausible: Bool {
    let limit = 1 << 24
    return [tokens, anchors, dimension, sharedRows].allSatisfy { 1..<limit ~= $0 }
      && 0...min(anchors, 1 << 12) ~= entries && 0...tokens ~= codedRows
  }
}
