internal import CBLASShim

/// Rows of numbers in eight bits each, in two planes: the upper four bits of all numbers, and the lower four. Whoever can do with
/// the coarse plane goes through half as much memory.
///
/// Each row has a scale of its own, and is turned before it is coded (``rotate(_:)``): a few large elements, such as the embeddings of
/// language models have, would leave no exactness to the others. Dot products stay what they are. Of numbers that are spread evenly in all directions
/// the coarse plane keeps cosines to about an eighth of their spread, both planes to about 1 %.
package enum CodedRows {
  /// Which bits of the codes.
  package enum Plane: Sendable {
    /// The upper four bits.
    case coarse
    /// The lower four bits.
    case fine
  }

  /// The longest rows whose products fit into 32 bits.
  package static let longestRow = Int(Int32.max) / (15 * 127)

  /// How many bytes a row of `length` numbers takes in each plane.
  package static func planeWidth(length: Int) -> Int { Int(deepen_plane_width(Int64(length))) }

  /// Turns a row as all rows are turned before they are coded.
  ///
  /// The rotation is a product of Walsh–Hadamard transforms with signs drawn at random between them, the same for all rows of a length.
  ///
  /// - Complexity: O(n log n).
  package static func rotate(_ x: UnsafeMutableBufferPointer<Float>) {
    deepen_rotate(Int64(x.count), x.baseAddress)
  }

  /// Codes one row that was turned; returns its scale.
  package static func code(
    _ x: UnsafeBufferPointer<Float>, coarse: UnsafeMutableBufferPointer<UInt8>, fine: UnsafeMutableBufferPointer<UInt8>
  ) -> Float {
    let width = planeWidth(length: x.count)
    precondition(coarse.count == width && fine.count == width, "A row has \(width) bytes a plane.")
    return deepen_code_planes(Int64(x.count), x.baseAddress, coarse.baseAddress, fine.baseAddress)
  }

  /// What the codes of a row stand for: the row, still turned.
  package static func decode(
    coarse: UnsafeBufferPointer<UInt8>, fine: UnsafeBufferPointer<UInt8>, scale: Float,
    into x: UnsafeMutableBufferPointer<Float>
  ) {
    let width = planeWidth(length: x.count)
    precondition(coarse.count == width && fine.count == width, "A row has \(width) bytes a plane.")
    deepen_decode_planes(Int64(x.count), coarse.baseAddress, fine.baseAddress, scale, x.baseAddress)
  }

  /// Rows whose dot products with coded rows are wanted, turned and coded themselves.
  package struct Queries: Sendable {
    /// How many there are.
    package let count: Int
    fileprivate let width: Int
    fileprivate let codes: [Int8]
    fileprivate let scales: [Float]
    /// Each query's sum of codes times what the middle of a plane's codes is.
    fileprivate let offsets: [Float]

    /// Codes rows, `[count × length]`, that were turned.
    ///
    /// - Precondition: `length` ≤ ``longestRow``.
    package init(turned rows: Matrix) {
      precondition(rows.columns <= longestRow, "Rows of \(rows.columns) numbers are too long for exact sums.")
      let width = planeWidth(length: rows.columns)
      var (codes, scales, offsets): ([Int8], [Float], [Float]) = ([], [], [])
      for row in 0..<rows.rows {
        var coded = [Int8](repeating: 0, count: 2 * width)
        scales.append(deepen_round8(Int64(rows.columns), Array(rows.row(row)), &coded))
        offsets.append(7.5 * Float(coded.reduce(0) { $0 + Int($1) }))
        codes += coded
      }
      self.init(count: rows.rows, width: width, codes: codes, scales: scales, offsets: offsets)
    }

    private init(count: Int, width: Int, codes: [Int8], scales: [Float], offsets: [Float]) {
      self.count = count
      self.width = width
      self.codes = codes
      self.scales = scales
      self.offsets = offsets
    }

    /// Some of them.
    package subscript(places: [Int]) -> Queries {
      Queries(
        count: places.count, width: width, codes: places.flatMap { codes[2 * width * $0..<2 * width * ($0 + 1)] },
        scales: places.map { scales[$0] }, offsets: places.map { offsets[$0] })
    }
  }

  /// Adds to each query's results what a plane says of its dot product with each coded row.
  ///
  /// The sum over the coarse plane alone is the dot product with the row as that plane has it; with the fine plane added, with the row as its codes
  /// have it. The codes are read once for four queries.
  ///
  /// - Parameters:
  ///   - plane: The rows' bits, `[rows × width]`.
  ///   - kind: Which bits they are.
  ///   - scales: The rows' scales, `[rows]`.
  ///   - results: For each query, memory for a product with each row.
  /// - Complexity: O(rows · length · queries), by all threads.
  package static func addProducts(
    of plane: UnsafeBufferPointer<UInt8>, _ kind: Plane, scales: UnsafeBufferPointer<Float>, with queries: Queries,
    to results: [UnsafeMutablePointer<Float>]
  ) {
    let width = queries.width
    precondition(
      plane.count == scales.count * width && results.count == queries.count, "Rows, scales and queries do not fit.")
    guard let firstCode = plane.baseAddress, let firstScale = scales.baseAddress, queries.count > 0 else { return }
    let factors = kind == .coarse ? queries.scales.map { 16 * $0 } : queries.scales
    nonisolated(unsafe) let (codes, rowScales, results) = (firstCode, firstScale, results.map(Optional.some))
    KernelThreads.split(scales.count, least: 1024) { _, range in
      deepen_plane_products(
        Int64(range.count), Int64(width), codes + range.lowerBound * width, rowScales + range.lowerBound,
        Int32(queries.count), queries.codes, factors, queries.offsets, results, Int64(range.lowerBound))
    }
  }
}
