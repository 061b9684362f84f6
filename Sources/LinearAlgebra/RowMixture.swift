internal import CBLASShim

/// A weighted sum of rows that lie in memory, and what a search needs of it, in as few passes as can be.
///
/// The first `smoothCount` rows are a base row and deviations from it. Truncation may take their sum below zero, where no
/// probability is: it counts as at least ``least`` of the base row. The memory must stay as it is while the mixture is used.
package struct RowMixture: @unchecked Sendable {
  /// What share of the base row the smooth rows' sum is at least.
  package static let least: Float = 0.05
  /// How many anchors one thread takes at least: less is not worth waking a thread for.
  private static let grain = 8192

  private let rows: UnsafeBufferPointer<UnsafePointer<Float>>
  private let smoothCount: Int
  private let length: Int

  /// Makes a mixture of rows of `length` elements.
  package init(rows: UnsafeBufferPointer<UnsafePointer<Float>>, smoothCount: Int, length: Int) {
    precondition(smoothCount <= rows.count, "There are no \(smoothCount) smooth rows among \(rows.count).")
    self.rows = rows
    self.smoothCount = smoothCount
    self.length = length
  }

  /// q += Σ coefficientₖ·rowₖ.
  ///
  /// - Complexity: O(rows · length).
  package func add(_ coefficients: [Float], to q: UnsafeMutableBufferPointer<Float>) {
    precondition(coefficients.count == rows.count && q.count == length, "Every row has a coefficient.")
    nonisolated(unsafe) let q = q
    KernelThreads.split(length, least: Self.grain) { _, range in
      withRows(from: range.lowerBound) { rows in
        deepen_mix(
          Int64(range.count), Int32(rows.count), Int32(smoothCount), Self.least, rows.baseAddress, coefficients,
          q.baseAddress.map { $0 + range.lowerBound })
      }
    }
  }

  /// Each row's dot product with some values.
  ///
  /// - Complexity: O(rows · length).
  package func products(with values: UnsafeBufferPointer<Float>) -> [Float] {
    precondition(values.count == length, "\(values.count) values do not fit \(length) elements.")
    nonisolated(unsafe) let values = values
    return summed { _, range, products in
      withRows(from: range.lowerBound) { rows in
        deepen_row_products(
          Int64(range.count), Int32(rows.count), rows.baseAddress, values.baseAddress.map { $0 + range.lowerBound },
          products)
      }
      return 0
    }.products
  }

  /// One evaluation of the loss KL(target ‖ q) for q plus the rows' sum, and of its gradient, in one pass.
  ///
  /// `q` holds (q − target)/max(q, floor) afterwards.
  ///
  /// - Returns: The loss, and each row's dot product with those values.
  /// - Complexity: O(rows · length).
  package func relativePass(
    _ coefficients: [Float], toward target: [Float], floor: Float, q: UnsafeMutableBufferPointer<Float>
  ) -> (loss: Double, products: [Float]) {
    precondition(
      coefficients.count == rows.count && q.count == length && target.count == length, "Every row has a coefficient.")
    nonisolated(unsafe) let q = q
    return summed { _, range, products in
      withRows(from: range.lowerBound) { rows in
        target.withUnsafeBufferPointer { target in
          deepen_relative_pass(
            Int64(range.count), Int32(rows.count), Int32(smoothCount), Self.least, rows.baseAddress, coefficients,
            target.baseAddress.map { $0 + range.lowerBound }, floor, q.baseAddress.map { $0 + range.lowerBound },
            products)
        }
      }
    }
  }

  /// The rows from an element on.
  private func withRows<Result>(
    from start: Int, _ body: (UnsafeBufferPointer<UnsafePointer<Float>?>) -> Result
  ) -> Result {
    withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: max(1, rows.count)) { moved in
      for (place, row) in rows.enumerated() { moved.initializeElement(at: place, to: row + start) }
      return body(UnsafeBufferPointer(rebasing: moved[..<rows.count]))
    }
  }

  /// Adds up what the threads find.
  private func summed(
    _ work: @Sendable (_ part: Int, _ range: Range<Int>, _ products: UnsafeMutablePointer<Double>?) -> Double
  ) -> (loss: Double, products: [Float]) {
    let count = rows.count
    let parts = KernelThreads.parts(of: length, least: Self.grain)
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: parts * (count + 1)) { results in
      results.initialize(repeating: 0)
      nonisolated(unsafe) let unsafeResults = results
      KernelThreads.split(length, into: parts) { part, range in
        let own = unsafeResults.baseAddress.map { $0 + part * (count + 1) }
        let loss = work(part, range, own)
        own?[count] = loss
      }
      var sums = [Double](repeating: 0, count: count + 1)
      for part in 0..<parts {
        for place in sums.indices { sums[place] += results[part * (count + 1) + place] }
      }
      return (sums[count], sums[..<count].map(Float.init))
    }
  }
}
