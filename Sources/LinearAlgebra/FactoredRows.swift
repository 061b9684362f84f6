internal import CBLASShim

/// Rows in memory that are stored as a few large entries and some of each row that all have in common.
///
/// The memory must stay as it is while they are used; what of each row is looked at first is copied, 32 bytes a row.
package struct FactoredRows: @unchecked Sendable {
  private let entryCount: Int
  private let sharedCount: Int
  private let anchors: UnsafeBufferPointer<Int32>
  private let values: UnsafeBufferPointer<Float>
  private let coefficients: UnsafeBufferPointer<Float>
  /// What of each row is looked at first, `[rows]`.
  private let heads: [deepen_row_head]

  /// Describes rows.
  ///
  /// - Parameters:
  ///   - entryCount: How many large entries a row has, largest first.
  ///   - sharedCount: How many rows all have in common, at least one.
  ///   - anchors: The places of the entries, `[rows × entryCount]`, each in the row.
  ///   - values: The entries, `[rows × entryCount]`.
  ///   - coefficients: How much of each shared row a row has, `[rows × sharedCount]`. What it has of the first one and its entries
  ///     add up to one.
  ///   - errors: How far a row is from the exact one, `[rows]`.
  /// - Complexity: O(rows).
  package init(
    entryCount: Int, sharedCount: Int, anchors: UnsafeBufferPointer<Int32>, values: UnsafeBufferPointer<Float>,
    coefficients: UnsafeBufferPointer<Float>, errors: UnsafeBufferPointer<Float>
  ) {
    precondition(
      sharedCount > 0 && anchors.count == errors.count * entryCount && values.count == anchors.count
        && coefficients.count == errors.count * sharedCount, "Every row has its entries and coefficients.")
    self.entryCount = entryCount
    self.sharedCount = sharedCount
    self.anchors = anchors
    self.values = values
    self.coefficients = coefficients
    heads = errors.indices.map { row in
      func entry(_ place: Int) -> (anchor: Int32, value: Float) {
        place < entryCount ? (anchors[row * entryCount + place], values[row * entryCount + place]) : (0, 0)
      }
      let (first, second, third) = (entry(0), entry(1), entry(2))
      return deepen_row_head(
        anchors: (first.anchor, second.anchor, third.anchor), values: (first.value, second.value, third.value),
        share: coefficients[row * sharedCount], error: errors[row])
    }
  }

  /// Some rows' entries, and what they have of the first shared row.
  package struct Gathered {
    /// Where each row's entries start; one more than there are rows.
    package var starts: [Int] = []
    package var anchors: [Int32] = []
    package var values: [Float] = []
    /// How much of the first shared row each row has.
    package var shares: [Float] = []
    /// What each row's entries add up to that were left out.
    package var small: [Float] = []
  }

  /// Gathers some rows' large entries.
  ///
  /// - Parameters:
  ///   - places: Which rows.
  ///   - least: Entries of each row below this are left out, `[places]`; `nil` for none.
  /// - Complexity: O(places · entries).
  package func gather(_ places: [Int], leaving least: [Float]?) -> Gathered {
    precondition(least.map { $0.count == places.count } ?? true, "Every place has a least entry.")
    let room = places.count * entryCount
    var gathered = Gathered()
    withRows(places, in: places.indices) { rows, places in
      let count = Int64(places.count)
      gathered.starts = Array(unsafeUninitializedCapacity: places.count + 1) { starts, startCount in
        starts.withMemoryRebound(to: Int64.self) { starts in
          gathered.anchors = Array(unsafeUninitializedCapacity: room) { anchors, anchorCount in
            gathered.values = Array(unsafeUninitializedCapacity: room) { values, valueCount in
              gathered.shares = Array(unsafeUninitializedCapacity: places.count) { shares, shareCount in
                gathered.small = Array(unsafeUninitializedCapacity: places.count) { small, smallCount in
                  valueCount = Int(
                    deepen_gather_entries(
                      rows, count, places.baseAddress, least, starts.baseAddress, anchors.baseAddress,
                      values.baseAddress, shares.baseAddress, small.baseAddress))
                  smallCount = places.count
                }
                shareCount = places.count
              }
            }
            anchorCount = gathered.values.count
          }
        }
        startCount = places.count + 1
      }
    }
    return gathered
  }

  /// Calls a function with the rows and their places as the kernels take them.
  private func withRows<Result>(
    _ places: [Int], in range: Range<Int>,
    _ body: (UnsafePointer<deepen_factored_rows>, UnsafeBufferPointer<Int64>) -> Result
  ) -> Result {
    places.withUnsafeBufferPointer { places in
      precondition(places[range].allSatisfy { $0 >= 0 && $0 < heads.count }, "A place is not that of a row.")
      return places.withMemoryRebound(to: Int64.self) { places in
        heads.withUnsafeBufferPointer { heads in
          var rows = deepen_factored_rows(
            entry_count: Int32(entryCount), shared_count: Int32(sharedCount), anchors: anchors.baseAddress,
            values: values.baseAddress, coefficients: coefficients.baseAddress, heads: heads.baseAddress)
          return body(&rows, places)
        }
      }
    }
  }

  /// Adds some rows, weighted: their entries to `sum`, their shares of the shared rows to `factors`.
  ///
  /// - Parameters:
  ///   - places: Which rows.
  ///   - weights: How much of each, `[places]`; a row with the weight zero costs next to nothing.
  ///   - range: Which of the places.
  ///   - least: Entries that add less than this count as the first shared row.
  /// - Returns: How far the result may be from the exact sum in the L1 distance.
  /// - Complexity: O(range · (entries + shared rows)).
  package func add(
    _ places: [Int], weights: [Float], in range: Range<Int>, least: Float,
    to sum: UnsafeMutableBufferPointer<Float>, factors: UnsafeMutableBufferPointer<Double>
  ) -> Double {
    precondition(
      weights.count == places.count && 0 <= range.lowerBound && range.upperBound <= places.count
        && factors.count == sharedCount, "Every place has a weight, and every shared row a factor.")
    return withRows(places, in: range) { rows, places in
      weights.withUnsafeBufferPointer { weights in
        deepen_add_rows(
          rows, Int64(range.count), places.baseAddress.map { $0 + range.lowerBound },
          weights.baseAddress.map { $0 + range.lowerBound }, least, sum.baseAddress, factors.baseAddress)
      }
    }
  }
}
