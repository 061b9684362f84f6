internal import CBLASShim

/// A weighted sum of rows that lie in memory, and what a search needs of it, in as few passes as can be.
///
/// The smooth rows are a base row and deviations from it. Truncation may take their sum below zero, where no
/// probability is: it counts as at least ``least`` of the base row. The memory must stay as it is while the mixture is used.
package struct RowMixture: @unchecked Sendable {
  /// What share of the base row the smooth rows' sum is at least.
  package static let least: Float = 0.05
  /// How many anchors one thread takes at least: less is not worth waking a thread for.
  private static let grain = 8192

  private let smooth: [UnsafePointer<Float>?]
  private let plain: [UnsafePointer<Float>?]
  private let halves: [UnsafePointer<UInt16>?]
  private let length: Int

  /// How many rows there are.
  private var count: Int { smooth.count + plain.count + halves.count }

  /// Makes a mixture of rows of `length` elements; smooth ones come first, then plain ones.
  ///
  /// - Parameter halves: Rows in bfloat16, the last ones.
  package init(
    smooth: [UnsafePointer<Float>] = [], plain: [UnsafePointer<Float>] = [], halves: [UnsafePointer<UInt16>] = [],
    length: Int
  ) {
    (self.smooth, self.plain, self.halves) = (smooth, plain, halves)
    self.length = length
  }

  /// q += Σ coefficientₖ·rowₖ.
  ///
  /// - Complexity: O(rows · length).
  package func add(_ coefficients: [Float], to q: UnsafeMutableBufferPointer<Float>) {
    precondition(coefficients.count == count && q.count == length, "Every row has a coefficient.")
    withMixture { mixture in
      nonisolated(unsafe) let (mixture, q) = (mixture, q)
      KernelThreads.split(length, least: Self.grain) { _, range in
        deepen_mix(
          Int64(range.lowerBound), Int64(range.count), mixture, coefficients,
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
    return summed { mixture, range, products in
      deepen_row_products(
        Int64(range.lowerBound), Int64(range.count), mixture, values.baseAddress.map { $0 + range.lowerBound },
        products)
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
      coefficients.count == count && q.count == length && target.count == length, "Every row has a coefficient.")
    nonisolated(unsafe) let q = q
    return summed { mixture, range, products in
      target.withUnsafeBufferPointer { target in
        deepen_relative_pass(
          Int64(range.lowerBound), Int64(range.count), mixture, coefficients,
          target.baseAddress.map { $0 + range.lowerBound }, floor, q.baseAddress.map { $0 + range.lowerBound },
          products)
      }
    }
  }

  private func withMixture<Result>(_ body: (UnsafePointer<deepen_mixture>) -> Result) -> Result {
    smooth.withUnsafeBufferPointer { smooth in
      plain.withUnsafeBufferPointer { plain in
        halves.withUnsafeBufferPointer { halves in
          var mixture = deepen_mixture(
            smooth_count: Int32(smooth.count), plain_count: Int32(plain.count), half_count: Int32(halves.count),
            least: Self.least, smooth: smooth.baseAddress, plain: plain.baseAddress, halves: halves.baseAddress)
          return body(&mixture)
        }
      }
    }
  }

  /// Adds up what the threads find.
  private func summed(
    _ work:
      @Sendable (
        _ mixture: UnsafePointer<deepen_mixture>, _ range: Range<Int>, _ products: UnsafeMutablePointer<Double>?
      ) -> Double
  ) -> (loss: Double, products: [Float]) {
    let count = count
    let parts = KernelThreads.parts(of: length, least: Self.grain)
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: parts * (count + 1)) { results in
      results.initialize(repeating: 0)
      nonisolated(unsafe) let unsafeResults = results
      withMixture { mixture in
        nonisolated(unsafe) let mixture = mixture
        KernelThreads.split(length, into: parts) { part, range in
          let own = unsafeResults.baseAddress.map { $0 + part * (count + 1) }
          let loss = work(mixture, range, own)
          own?[count] = loss
        }
      }
      var sums = [Double](repeating: 0, count: count + 1)
      for part in 0..<parts {
        for place in sums.indices { sums[place] += results[part * (count + 1) + place] }
      }
      return (sums[count], sums[..<count].map(Float.init))
    }
  }
}
