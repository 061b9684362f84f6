internal import CBLASShim

/// Rows of numbers as whole numbers of eight bits, each row with a scale of its own: a quarter of the memory, and of the time
/// it takes to go through it.
///
/// A number is off by at most half a step, 1/254 of the row's largest. Dot products with a row of twelve bits are added up
/// exactly.
package enum CodedRows {
  /// The largest magnitude of a query's codes: eleven bits and a sign.
  private static let queryLimit: Int32 = 2047
  /// The longest rows whose products fit into 32 bits.
  package static let longestRow = Int(Int32.max / (127 * queryLimit))

  /// Codes one row; returns its scale.
  package static func code(_ x: UnsafeBufferPointer<Float>, into codes: UnsafeMutableBufferPointer<Int8>) -> Float {
    precondition(x.count == codes.count, "Every number has a code.")
    return deepen_round8(Int64(x.count), x.baseAddress, codes.baseAddress)
  }

  /// The dot products of each coded row with some queries; the codes are read once for four queries.
  ///
  /// - Parameters:
  ///   - codes: The rows, `[rows × length]`.
  ///   - scales: Their scales, `[rows]`.
  ///   - queries: Rows of `length` numbers, at most ``longestRow``.
  ///   - results: For each query, memory for a product with each row.
  /// - Complexity: O(rows · length · queries), by all threads.
  package static func products(
    of codes: UnsafeBufferPointer<Int8>, scales: UnsafeBufferPointer<Float>, with queries: Matrix,
    into results: [UnsafeMutablePointer<Float>]
  ) {
    let (count, length) = (scales.count, queries.columns)
    precondition(codes.count == count * length && results.count == queries.rows, "Rows, scales and queries do not fit.")
    precondition(length <= longestRow, "Rows of \(length) numbers are too long for exact sums.")
    guard let codes = codes.baseAddress, let scales = scales.baseAddress, queries.rows > 0 else { return }
    var codedQueries = [Int16](repeating: 0, count: queries.elements.count)
    let queryScales = queries.elements.withUnsafeBufferPointer { numbers in
      codedQueries.withUnsafeMutableBufferPointer { coded in
        (0..<queries.rows).map { row in
          deepen_round16(
            Int64(length), numbers.baseAddress.map { $0 + row * length }, queryLimit,
            coded.baseAddress.map { $0 + row * length })
        }
      }
    }
    let results = results.map(Optional.some)
    nonisolated(unsafe) let (unsafeCodes, unsafeScales, unsafeResults) = (codes, scales, results)
    KernelThreads.split(count, least: 1024) { [codedQueries] _, range in
      deepen_coded_products(
        Int64(range.count), Int64(length), unsafeCodes + range.lowerBound * length, unsafeScales + range.lowerBound,
        Int32(unsafeResults.count), codedQueries, queryScales, unsafeResults, Int64(range.lowerBound))
    }
  }
}
