internal import CBLASShim

/// Rows of numbers in six bits each, in three planes: the upper two bits of all numbers, the middle two, and the lower two. Whoever can do with
/// the first plane goes through a third of the memory.
///
/// Each row has scales of its own, and is turned before it is coded (``rotate(_:)``): a few large elements, such as the embeddings of
/// language models have, would leave no exactness to the others. Dot products stay what they are. Of numbers that are spread evenly in all directions
/// the first plane keeps cosines to about two fifths of their spread, two planes to a tenth, and all three to a twenty-fifth.
package struct CodedRows: @unchecked Sendable {
  /// How many planes there are.
  package static let planes = Int(DEEPEN_PLANES)

  /// The longest rows whose products fit into 32 bits.
  package static let longestRow = Int(Int32.max) / (63 * 127)

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

  /// How many rows there are.
  package let count: Int
  /// How many numbers a row has.
  package let length: Int
  private let width: Int
  private let codes: UnsafeMutablePointer<UInt8>
  private let scales: UnsafeMutablePointer<Float>

  /// Rows in memory that stays as it is while they are used.
  ///
  /// - Parameters:
  ///   - codes: `[planes × rows × plane width]`.
  ///   - scales: What a row's codes are multiplied with where one, two or three planes of them are read, `[planes × rows]`.
  package init(
    length: Int, codes: UnsafeMutableBufferPointer<UInt8>, scales: UnsafeMutableBufferPointer<Float>
  ) {
    width = Self.planeWidth(length: length)
    count = scales.count / Self.planes
    self.length = length
    guard let firstCode = codes.baseAddress, let firstScale = scales.baseAddress,
      scales.count == Self.planes * count, codes.count == Self.planes * count * width
    else { preconditionFailure("Rows of \(length) numbers have \(width) bytes and a scale for each plane.") }
    (self.codes, self.scales) = (firstCode, firstScale)
  }

  /// Codes one row that was turned.
  package func code(_ x: UnsafeBufferPointer<Float>, as row: Int) {
    precondition(x.count == length && 0..<count ~= row, "There is no such row.")
    withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.planes) { own in
      deepen_code_planes(Int64(length), x.baseAddress, codes + row * width, Int64(count * width), own.baseAddress)
      for plane in 0..<Self.planes { scales[plane * count + row] = own[plane] }
    }
  }

  /// What the codes of a row stand for: the row, still turned.
  package func decode(_ row: Int, into x: UnsafeMutableBufferPointer<Float>) {
    precondition(x.count == length && 0..<count ~= row, "There is no such row.")
    deepen_decode_planes(
      Int64(length), codes + row * width, Int64(count * width), scales[(Self.planes - 1) * count + row], x.baseAddress)
  }

  /// A row whose dot products with coded rows are wanted.
  package struct Query: Sendable {
    /// How many planes of the coded rows are read for it.
    package let planes: Int
    fileprivate let codes: [Int8]
    fileprivate let scale: Float
    /// The sum of its codes times what the middle of the rows' codes is.
    fileprivate let offset: Float

    /// Codes a row that was turned.
    ///
    /// - Precondition: The row is no longer than ``longestRow``; there are one to three planes.
    package init(turned row: some Collection<Float>, planes: Int) {
      precondition(row.count <= CodedRows.longestRow, "\(row.count) numbers are too many for exact sums.")
      precondition(1...CodedRows.planes ~= planes, "There are \(CodedRows.planes) planes, not \(planes).")
      var codes = [Int8](repeating: 0, count: 4 * CodedRows.planeWidth(length: row.count))
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
  /// - Parameter results: For each query, memory for a product with each row.
  /// - Complexity: O(rows · length · queries), by all threads.
  package func products(with queries: [Query], to results: [UnsafeMutablePointer<Float>]) {
    nonisolated(unsafe) let groups = groups(of: queries, with: results)
    KernelThreads.split(count, least: 1024) { _, range in
      // What one group has read is still near when the next one wants it.
      for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.stretch) {
        let stretch = start..<min(start + Self.stretch, range.upperBound)
        for group in groups {
          withKernelInput(group) { rows, queries in
            deepen_plane_products(Int64(stretch.lowerBound), Int64(stretch.count), rows, queries, group.results)
          }
        }
      }
    }
  }

  /// How many rows are gone through at a time.
  private static let stretch = 256

  /// Queries that need the same planes.
  private struct Group {
    let planes: Int
    var codes: [Int8] = []
    var factors: [Float] = []
    var offsets: [Float] = []
    var results: [UnsafeMutablePointer<Float>?] = []
  }

  private func groups(of queries: [Query], with results: [UnsafeMutablePointer<Float>]) -> [Group] {
    precondition(
      results.count == queries.count && queries.allSatisfy { $0.codes.count == 4 * width },
      "Rows and queries do not fit.")
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

  private func withKernelInput<Result>(
    _ group: Group, _ body: (UnsafePointer<deepen_coded_rows>, UnsafePointer<deepen_queries>) -> Result
  ) -> Result {
    group.codes.withUnsafeBufferPointer { codes in
      group.factors.withUnsafeBufferPointer { factors in
        group.offsets.withUnsafeBufferPointer { offsets in
          var rows = deepen_coded_rows(
            width: Int64(width), stride: Int64(count * width), planes: Int32(group.planes), codes: self.codes,
            scales: scales + (group.planes - 1) * count)
          var queries = deepen_queries(
            count: Int32(factors.count), numbers: codes.baseAddress, factors: factors.baseAddress,
            offsets: offsets.baseAddress)
          return body(&rows, &queries)
        }
      }
    }
  }
}
