internal import CAlignmentKernels
package import LinearAlgebra

/// Rows quantised to six bits per number, in three bit planes: the upper two bits of all numbers, the middle two, and
/// the lower two. Reading only the first plane costs a third of the bandwidth.
///
/// Each row has scales of its own, and is rotated before it is quantised (``rotate(_:)``): a few large elements, which
/// embeddings of language models have, would leave no precision to the others. Dot products are preserved. For
/// directions that are spread evenly the error of cosines is about two fifths of their spread with the first plane, a
/// tenth with two planes, and a twenty-fifth with all three.
package struct QuantisedRows: Sendable {
  /// The number of bit planes.
  package static let planes = Int(DEEPEN_PLANES)

  /// The longest rows whose products fit into 32 bits.
  package static let longestRow = Int(Int32.max) / (63 * 127)

  /// The number of bytes that a row of `length` numbers takes in each plane.
  package static func planeWidth(length: Int) -> Int { Int(deepen_plane_width(Int64(length))) }

  /// Rotates a row the way all rows are rotated before they are quantised.
  ///
  /// The rotation is a product of Walsh–Hadamard transforms with random signs between them, the same for all rows of a
  /// length.
  ///
  /// - Complexity: O(n log n).
  package static func rotate(_ x: inout MutableSpan<Float>) {
    x.withUnsafeMutableBufferPointer { deepen_rotate(Int64($0.count), $0.baseAddress) }
  }

  /// The number of rows.
  package let count: Int
  /// The number of elements in a row.
  package let length: Int
  private let width: Int
  private let codes: StoredArray<UInt8>
  private let scales: StoredArray<Float>

  /// Creates rows over existing memory.
  ///
  /// - Parameters:
  ///   - codes: `[planes × rows × plane width]`.
  ///   - scales: The factors of a row's codes where one, two or three planes of them are read, `[planes × rows]`.
  package init(length: Int, codes: StoredArray<UInt8>, scales: StoredArray<Float>) {
    width = Self.planeWidth(length: length)
    count = scales.count / Self.planes
    self.length = length
    precondition(
      count > 0 && scales.count == Self.planes * count && codes.count == Self.planes * count * width,
      "Rows of \(length) numbers have \(width) bytes and a scale for each plane.")
    (self.codes, self.scales) = (codes, scales)
  }

  /// Quantises one rotated row.
  package func quantise(_ x: Span<Float>, as row: Int) {
    precondition(x.count == length && 0..<count ~= row, "There is no such row.")
    var own: [Float] = Array(repeating: 0, count: Self.planes)
    x.withUnsafeBufferPointer { x in
      codes.withBuffer { codes in
        deepen_quantise_planes(
          Int64(length), x.baseAddress, codes.baseAddress.map { $0 + row * width }, Int64(count * width), &own)
      }
    }
    for plane in 0..<Self.planes { scales[plane * count + row] = own[plane] }
  }

  /// Dequantises a row; the numbers are still rotated.
  package func dequantise(_ row: Int, into x: inout MutableSpan<Float>) {
    precondition(x.count == length && 0..<count ~= row, "There is no such row.")
    x.withUnsafeMutableBufferPointer { x in
      codes.withBuffer { codes in
        deepen_dequantise_planes(
          Int64(length), codes.baseAddress.map { $0 + row * width }, Int64(count * width),
          scales[(Self.planes - 1) * count + row], x.baseAddress)
      }
    }
  }

  /// A vector to be multiplied with all rows.
  package struct Query: Sendable {
    /// The number of planes of the quantised rows that are read.
    package let planes: Int
    fileprivate let codes: [Int8]
    fileprivate let scale: Float
    /// The sum of its codes times the middle of the rows' codes.
    fileprivate let offset: Float

    /// Quantises a rotated vector.
    ///
    /// - Precondition: It is no longer than ``longestRow``; there are one to three planes.
    package init(rotated row: some Collection<Float>, planes: Int) {
      precondition(row.count <= QuantisedRows.longestRow, "\(row.count) numbers are too many for exact sums.")
      precondition(1...QuantisedRows.planes ~= planes, "There are \(QuantisedRows.planes) planes, not \(planes).")
      var codes = [Int8](repeating: 0, count: 4 * QuantisedRows.planeWidth(length: row.count))
      scale = deepen_round8(Int64(row.count), Array(row), &codes)
      offset = Float((1 << (2 * planes)) - 1) / 2 * Float(codes.reduce(0) { $0 + Int($1) })
      self.codes = codes
      self.planes = planes
    }
  }

  /// Each query's dot product with each row.
  ///
  /// The codes are read once for four queries that need the same planes.
  ///
  /// - Parameter results: For each query, room for a product with each row.
  /// - Complexity: O(rows · length · queries), divided among the workers.
  package func products(with queries: [Query], to results: [StoredArray<Float>], workers: Workers) {
    let groups = groups(of: queries, with: results)
    workers.split(count, least: 1024) { _, range in
      // Codes that one group has read are still in the cache for the next one.
      for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.block) {
        let block = start..<min(start + Self.block, range.upperBound)
        for group in groups {
          withKernelInput(group) { rows, queries, results in
            deepen_plane_products(Int64(block.lowerBound), Int64(block.count), rows, queries, results)
          }
        }
      }
    }
  }

  /// The number of rows processed at a time.
  private static let block = 256

  /// Queries that need the same planes.
  private struct Group: Sendable {
    let planes: Int
    var codes: [Int8] = []
    var factors: [Float] = []
    var offsets: [Float] = []
    var results: [StoredArray<Float>] = []
  }

  private func groups(of queries: [Query], with results: [StoredArray<Float>]) -> [Group] {
    precondition(
      results.count == queries.count && queries.allSatisfy { $0.codes.count == 4 * width }
        && results.allSatisfy { $0.count == count }, "Rows, queries and results do not fit.")
    return (1...Self.planes).compactMap { planes in
      var group = Group(planes: planes)
      for (query, result) in zip(queries, results) where query.planes == planes {
        group.codes += query.codes
        group.factors.append(query.scale)
        group.offsets.append(query.offset)
        group.results.append(result)
      }
      return group.results.isEmpty ? nil : group
    }
  }

  /// Unsafe, because C takes structures of pointers: all of them point into memory that `self` and the group keep
  /// alive.
  private func withKernelInput(
    _ group: Group,
    _ body: (
      UnsafePointer<deepen_quantised_rows>, UnsafePointer<deepen_queries>, UnsafePointer<UnsafeMutablePointer<Float>?>?
    ) -> Void
  ) {
    withExtendedLifetime((self, group)) {
      group.codes.withUnsafeBufferPointer { codes in
        group.factors.withUnsafeBufferPointer { factors in
          group.offsets.withUnsafeBufferPointer { offsets in
            var rows = deepen_quantised_rows(
              width: Int64(width), stride: Int64(count * width), planes: Int32(group.planes), codes: self.codes.start,
              scales: scales.start.map { UnsafePointer($0 + (group.planes - 1) * count) })
            var queries = deepen_queries(
              count: Int32(factors.count), numbers: codes.baseAddress, factors: factors.baseAddress,
              offsets: offsets.baseAddress)
            group.results.map(\.start).withUnsafeBufferPointer { body(&rows, &queries, $0.baseAddress) }
          }
        }
      }
    }
  }
}
