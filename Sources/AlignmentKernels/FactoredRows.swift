internal import CAlignmentKernels

/// Rows in factored form: a few large entries each, and coefficients of shared rows.
package struct FactoredRows: Sendable {
  private let entryCount: Int
  private let sharedCount: Int
  private let anchors: StoredArray<Int32>
  private let values: StoredArray<Float>
  private let coefficients: StoredArray<Float>
  /// The part of each row that is read first, `[rows]`: a copy, 32 bytes a row.
  private let heads: [deepen_row_head]

  /// Creates rows.
  ///
  /// - Parameters:
  ///   - entryCount: The number of large entries of a row, largest first.
  ///   - sharedCount: The number of shared rows, at least one.
  ///   - anchors: The anchors of the entries, `[rows × entryCount]`, each in the row.
  ///   - values: The entries, `[rows × entryCount]`.
  ///   - coefficients: Of the shared rows, `[rows × sharedCount]`. A row's coefficient of the first one and its entries
  ///     add up to one.
  ///   - errors: The L1 distance of each row from the exact one, `[rows]`.
  /// - Complexity: O(rows).
  package init(
    entryCount: Int, sharedCount: Int, anchors: StoredArray<Int32>, values: StoredArray<Float>,
    coefficients: StoredArray<Float>, errors: StoredArray<Float>
  ) {
    precondition(
      sharedCount > 0 && anchors.count == errors.count * entryCount && values.count == anchors.count
        && coefficients.count == errors.count * sharedCount, "Every row has its entries and coefficients.")
    self.entryCount = entryCount
    self.sharedCount = sharedCount
    self.anchors = anchors
    self.values = values
    self.coefficients = coefficients
    heads = (0..<errors.count).map { row in
      func entry(_ index: Int) -> (anchor: Int32, value: Float) {
        index < entryCount ? (anchors[row * entryCount + index], values[row * entryCount + index]) : (0, 0)
      }
      let (first, second, third) = (entry(0), entry(1), entry(2))
      return deepen_row_head(
        anchors: (first.anchor, second.anchor, third.anchor), values: (first.value, second.value, third.value),
        share: coefficients[row * sharedCount], error: errors[row])
    }
  }

  /// Some rows' entries, and their coefficients of the first shared row.
  package struct Gathered {
    /// The start offset of each row's entries; one more than there are rows.
    package var starts: [Int] = []
    package var anchors: [Int32] = []
    package var values: [Float] = []
    /// Each row's coefficient of the first shared row.
    package var shares: [Float] = []
    /// The sum of each row's entries that were left out.
    package var small: [Float] = []
  }

  /// Gathers some rows' large entries.
  ///
  /// - Parameters:
  ///   - indices: The indices of the rows.
  ///   - least: Entries of each row below this are left out, `[indices]`; `nil` for none.
  /// - Complexity: O(indices · entries).
  package func gather(_ indices: [Int], leaving least: [Float]?) -> Gathered {
    precondition(least.map { $0.count == indices.count } ?? true, "Every row has a least entry.")
    let (count, room) = (indices.count, indices.count * entryCount)
    var gathered = Gathered()
    withRows(indices, in: indices.indices) { rows, indices in
      gathered.starts = Array(unsafeUninitializedCapacity: count + 1) { starts, startCount in
        starts.withMemoryRebound(to: Int64.self) { starts in
          gathered.anchors = Array(unsafeUninitializedCapacity: room) { anchors, anchorCount in
            gathered.values = Array(unsafeUninitializedCapacity: room) { values, valueCount in
              gathered.shares = Array(unsafeUninitializedCapacity: count) { shares, shareCount in
                gathered.small = Array(unsafeUninitializedCapacity: count) { small, smallCount in
                  valueCount = Int(
                    deepen_gather_entries(
                      rows, Int64(count), indices.baseAddress, least, starts.baseAddress, anchors.baseAddress,
                      values.baseAddress, shares.baseAddress, small.baseAddress))
                  smallCount = count
                }
                shareCount = count
              }
            }
            anchorCount = gathered.values.count
          }
        }
        startCount = count + 1
      }
    }
    return gathered
  }

  /// Adds some rows, weighted: their entries to `sum`, their coefficients to `factors`.
  ///
  /// - Parameters:
  ///   - indices: The indices of the rows.
  ///   - weights: The weight of each, `[indices]`; a row with the weight zero costs almost nothing.
  ///   - range: The range of the indices to add.
  ///   - least: Entries that add less than this are replaced by the first shared row.
  /// - Returns: A bound on the L1 distance from the exact sum.
  /// - Complexity: O(range · (entries + shared rows)).
  package func add(
    _ indices: [Int], weights: [Float], in range: Range<Int>, least: Float, to sum: inout [Float],
    factors: inout [Double]
  ) -> Double {
    precondition(
      weights.count == indices.count && 0 <= range.lowerBound && range.upperBound <= indices.count
        && factors.count == sharedCount, "Every row has a weight, and every shared row a factor.")
    return withRows(indices, in: range) { rows, indices in
      weights.withUnsafeBufferPointer { weights in
        deepen_add_rows(
          rows, Int64(range.count), indices.baseAddress.map { $0 + range.lowerBound },
          weights.baseAddress.map { $0 + range.lowerBound }, least, &sum, &factors)
      }
    }
  }

  /// Unsafe, because C takes structures of pointers: all of them point into memory that `self` keeps alive.
  private func withRows<Result>(
    _ indices: [Int], in range: Range<Int>,
    _ body: (UnsafePointer<deepen_factored_rows>, UnsafeBufferPointer<Int64>) -> Result
  ) -> Result {
    precondition(indices[range].allSatisfy { $0 >= 0 && $0 < heads.count }, "There is no such row.")
    return withExtendedLifetime(self) {
      indices.withUnsafeBufferPointer { indices in
        indices.withMemoryRebound(to: Int64.self) { indices in
          heads.withUnsafeBufferPointer { heads in
            var rows = deepen_factored_rows(
              entry_count: Int32(entryCount), shared_count: Int32(sharedCount),
              anchors: anchors.start.map { UnsafePointer($0) }, values: values.start.map { UnsafePointer($0) },
              coefficients: coefficients.start.map { UnsafePointer($0) }, heads: heads.baseAddress)
            return body(&rows, indices)
          }
        }
      }
    }
  }
}
