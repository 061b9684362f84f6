internal import CBLASShim

/// A softmax truncated to the elements that matter.
public struct TruncatedSoftmax: Sendable, Hashable {
  /// The indices of the elements that were kept, ascending; at least one.
  public var indices: [Int]
  /// Their probabilities in the softmax over all logits, in the order of ``indices``.
  public var probabilities: [Float]
  /// The probability of all other elements together: their sum, not 1 minus the kept ones.
  public var rest: Float
  /// log Σ exp(xᵢ) over all elements.
  public var logSumExp: Float

  /// Creates a truncated softmax.
  ///
  /// - Precondition: As many probabilities as indices.
  package init(indices: [Int], probabilities: [Float], rest: Float, logSumExp: Float) {
    precondition(
      indices.count == probabilities.count, "\(indices.count) indices cannot have \(probabilities.count) probabilities."
    )
    self.indices = indices
    self.probabilities = probabilities
    self.rest = rest
    self.logSumExp = logSumExp
  }
}

/// Computes the softmax of logits, truncated to the fewest of the likeliest elements that leave out at most a given
/// probability.
///
/// No more than `limit` elements are kept; ties go to the lower indices. Then `rest` may exceed `mass`; otherwise
/// `rest` ≤ `mass`, and keeping one element less would exceed it. Kept elements have the probabilities that
/// ``softmax(_:)`` gives, up to rounding. An element whose probability is 0 there, such as the logit −∞, is never kept
/// and adds nothing to the rest, so that `mass` 0 keeps all others.
///
/// - Parameters:
///   - logits: The logits, `[n]`.
///   - mass: The largest probability that may be left out, from 0 to below 1.
///   - limit: The maximum number of kept elements.
/// - Precondition: 0 ≤ `mass` < 1, `limit` > 0, fewer than 2³¹ logits.
/// - Throws: ``LinearAlgebraError`` where no distribution exists: a logit is NaN or +∞, or none is finite.
/// - Complexity: O(n). Where few elements are near the largest it takes hardly longer than finding the largest and
///   summing the exponentials; with n nearly equal ones and no limit a few times as long.
public func truncatedSoftmax(_ logits: [Float], leavingOut mass: Float, limit: Int) throws -> TruncatedSoftmax {
  precondition(mass >= 0 && mass < 1, "A share of \(mass) cannot be left out of a softmax.")
  precondition(limit > 0, "A softmax cannot be cut down to \(limit) elements.")
  precondition(logits.count <= Int32.max, "\(logits.count) logits are too many.")
  let maximum = try finiteMaximum(of: logits)
  return withUnsafeTemporaryAllocation(of: Int32.self, capacity: logits.count) { indices in
    withUnsafeTemporaryAllocation(of: Float.self, capacity: logits.count) { values in
      var (rest, sum) = (0.0, 0.0)
      let count = Int(
        deepen_truncate(
          Int64(logits.count), logits, maximum, mass, Int64(limit), indices.baseAddress, values.baseAddress, &rest, &sum
        )
      )
      let factor = Float(1 / sum)
      return TruncatedSoftmax(
        indices: indices.prefix(count).map(Int.init), probabilities: values.prefix(count).map { $0 * factor },
        rest: Float(rest / sum), logSumExp: Float(Double(maximum) + ElementaryFunctions.log(sum)))
    }
  }
}
