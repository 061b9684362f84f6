internal import CBLASShim

/// A weighted sum of rows that lie in memory.
///
/// The smooth rows are a base row and deviations from it. Truncation may take their sum below zero, where no
/// probability is: it counts as at least ``least`` of the base row. The memory must stay as it is while the mixture is used.
package struct RowMixture: @unchecked Sendable {
  /// What share of the base row the smooth rows' sum is at least.
  package static let least: Float = 0.05

  private let smooth: [UnsafePointer<Float>?]
  private let plain: [UnsafePointer<Float>?]
  private let halves: [UnsafePointer<UInt16>?]
  /// How long a row is.
  package let length: Int

  /// How many rows there are.
  package var count: Int { smooth.count + plain.count + halves.count }

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
      var mixture = mixture
      withUnsafePointer(to: &mixture) { mixture in
        nonisolated(unsafe) let (mixture, q) = (mixture, q)
        KernelThreads.split(length, least: TokenRows.grain) { _, range in
          deepen_mix(
            Int64(range.lowerBound), Int64(range.count), mixture, coefficients,
            q.baseAddress.map { $0 + range.lowerBound })
        }
      }
    }
  }

  /// Calls a function with the rows as the kernels take them.
  func withMixture<Result>(_ body: (deepen_mixture) -> Result) -> Result {
    smooth.withUnsafeBufferPointer { smooth in
      plain.withUnsafeBufferPointer { plain in
        halves.withUnsafeBufferPointer { halves in
          body(
            deepen_mixture(
              smooth_count: Int32(smooth.count), plain_count: Int32(plain.count), half_count: Int32(halves.count),
              least: Self.least, smooth: smooth.baseAddress, plain: plain.baseAddress, halves: halves.baseAddress))
        }
      }
    }
  }
}
