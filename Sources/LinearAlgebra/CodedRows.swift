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

  /// The dot product of each coded row with `query`.
  ///
  /// - Precondition: `codes` has as many rows of `query.count` codes as there are scales, at most ``longestRow`` long.
  /// - Complexity: O(rows · length), one pass over the codes, by all threads.
  package static func products(
    of codes: UnsafeBufferPointer<Int8>, scales: UnsafeBufferPointer<Float>, with query: [Float],
    into result: UnsafeMutableBufferPointer<Float>
  ) {
    let (count, length) = (scales.count, query.count)
    precondition(codes.count == count * length && result.count == count, "Rows and scales do not fit.")
    precondition(length <= longestRow, "Rows of \(length) numbers are too long for exact sums.")
    withUnsafeTemporaryAllocation(of: Int16.self, capacity: max(1, length)) { codedQuery in
      let scale = deepen_round16(Int64(length), query, queryLimit, codedQuery.baseAddress)
      nonisolated(unsafe) let (codes, scales, codedQuery, result) = (codes, scales, codedQuery, result)
      KernelThreads.split(count, least: 1024) { _, range in
        guard let codes = codes.baseAddress, let scales = scales.baseAddress, let result = result.baseAddress else {
          return
        }
        deepen_coded_products(
          Int64(range.count), Int64(length), codes + range.lowerBound * length, scales + range.lowerBound,
          codedQuery.baseAddress, scale, result + range.lowerBound)
      }
    }
  }
}
