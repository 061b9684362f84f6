internal import CBLASShim

/// (xᵢ − shift) / divisor.
///
/// - Complexity: O(n).
package func quotients(of x: [Float], minus shift: Float, by divisor: Float) -> [Float] {
  Array(unsafeUninitializedCapacity: x.count) { result, initialized in
    deepen_quotient(Int64(x.count), x, shift, divisor, result.baseAddress)
    initialized = x.count
  }
}

/// yᵢ ← xᵢ·yᵢ, then y divided by its sum, which is computed in double precision.
///
/// - Returns: `true` where the sum is a number that can be divided by; otherwise y is only multiplied.
/// - Precondition: Both have the same length.
/// - Complexity: O(n).
package func multiplyAndNormalise(_ y: inout [Float], by x: [Float]) -> Bool {
  precondition(x.count == y.count, "\(x.count) and \(y.count) numbers have no products.")
  return y.withUnsafeMutableBufferPointer { y in
    let factor = Float(1 / deepen_product(Int64(y.count), x, y.baseAddress))
    guard factor.isNormal else { return false }
    deepen_scale(Int64(y.count), factor, y.baseAddress)
    return true
  }
}

/// The ratios of some numbers to others.
package struct Ratios: Sendable {
  /// wantedᵢ / actualᵢ, at most the largest finite number; 0 where actualᵢ is not above zero.
  package var values: [Float]
  /// The largest of ``values``; 0 for none.
  package var largest: Float
  /// Σ |wantedᵢ − actualᵢ|, computed in double precision.
  package var distance: Double
  /// Whether all wanted numbers are finite and not negative.
  package var isSound: Bool

  /// Computes the ratios.
  ///
  /// - Precondition: Both have the same length.
  /// - Complexity: O(n).
  package init(of wanted: [Float], to actual: [Float]) {
    precondition(wanted.count == actual.count, "\(wanted.count) and \(actual.count) numbers have no ratios.")
    var (largest, distance, isSound) = (Float(0), 0.0, true)
    values = Array(unsafeUninitializedCapacity: actual.count) { result, initialized in
      isSound =
        deepen_ratio(Int64(actual.count), wanted, actual, result.baseAddress, &largest, &distance) != 0
      initialized = actual.count
    }
    self.largest = largest
    self.distance = distance
    self.isSound = isSound
  }
}

/// Σ min(xᵢ, yᵢ), computed in double precision: 1 minus the total variation distance of two distributions.
///
/// - Precondition: Both have the same length.
/// - Complexity: O(n).
package func overlap(_ x: [Float], _ y: [Float]) -> Double {
  precondition(x.count == y.count, "\(x.count) and \(y.count) numbers do not overlap.")
  return deepen_overlap(Int64(x.count), x, y)
}

/// The two largest numbers, which may be equal; −∞ for those that do not exist.
///
/// - Complexity: O(n).
package func twoLargest(of x: [Float]) -> (first: Float, second: Float) {
  var (first, second) = (Float(0), Float(0))
  deepen_two_largest(Int64(x.count), x, &first, &second)
  return (first, second)
}

/// The sums of the numbers of each group, `[n] → [count]`, computed in double precision.
///
/// - Precondition: One group, from 0 to below `count`, for each number.
/// - Complexity: O(n + count).
package func sums(of x: [Float], at groups: [Int32], count: Int) -> [Float] {
  precondition(x.count == groups.count, "\(x.count) numbers do not have \(groups.count) groups.")
  return Array(unsafeUninitializedCapacity: count) { result, initialized in
    withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { sums in
      sums.initialize(repeating: 0)
      deepen_scatter(Int64(x.count), groups, x, Int64(count), sums.baseAddress, result.baseAddress)
    }
    initialized = count
  }
}

/// The element of x at each element's group, `[count] → [n]`.
///
/// - Precondition: Each group is an index of `x`.
/// - Complexity: O(n).
package func elements(of x: [Float], at groups: [Int32], workers: Workers = .all) -> [Float] {
  Array(unsafeUninitializedCapacity: groups.count) { result, initialized in
    groups.withUnsafeBufferPointer { groups in
      // Each thread has its own range of the result.
      nonisolated(unsafe) let (groups, result) = (groups, result)
      workers.split(groups.count, least: Workers.leastElements(taking: 0.5)) { _, range in
        deepen_gather(
          Int64(range.count), groups.baseAddress.map { $0 + range.lowerBound }, x,
          result.baseAddress.map { $0 + range.lowerBound })
      }
    }
    initialized = groups.count
  }
}

/// The largest of some logits.
package struct Peak: Sendable, Hashable {
  /// The index of the largest logit; ties go to the lowest.
  package var index: Int
  /// The largest logit; a finite number.
  package var value: Float

  /// Finds the largest logit.
  ///
  /// - Throws: ``LinearAlgebraError`` naming the first element that is NaN or +∞, or saying that none is finite.
  /// - Complexity: O(n).
  package init(of logits: [Float]) throws {
    var (maximum, index) = (Float(0), Int64(0))
    guard deepen_arg_maximum(Int64(logits.count), logits, &maximum, &index) == Int32(DEEPEN_LOGITS_SOUND) else {
      try finiteMaximum(of: logits)
      preconditionFailure("Logits that two passes do not agree about.")
    }
    self.index = Int(index)
    value = maximum
  }

  /// The logarithm of Σ exp(xᵢ), for the logits whose peak this is.
  ///
  /// - Complexity: O(n).
  package func logSumExp(of logits: [Float]) -> Float {
    Float(Double(value) + ElementaryFunctions.log(deepen_exp_sum(Int64(logits.count), logits, value)))
  }
}

/// The index of the first number that is negative, infinite or NaN; `nil` for none.
///
/// - Complexity: O(n).
package func firstImprobable(in x: [Float]) -> Int? {
  deepen_are_probable(Int64(x.count), x) != 0 ? nil : x.firstIndex { !($0 >= 0 && $0 < .infinity) }
}

extension [Float] {
  /// Multiplies all numbers by a factor.
  package mutating func scale(by factor: Float) {
    withUnsafeMutableBufferPointer { deepen_scale(Int64($0.count), factor, $0.baseAddress) }
  }

  /// The numbers, with a constant added to each.
  package func shifted(by shift: Float) -> [Float] {
    Array(unsafeUninitializedCapacity: count) { shifted, initialized in
      deepen_shift(Int64(count), self, shift, shifted.baseAddress)
      initialized = count
    }
  }

  /// Adds another vector of the same length.
  package mutating func add(_ other: [Float]) {
    precondition(count == other.count, "Vectors of \(count) and \(other.count) numbers cannot be added.")
    withUnsafeMutableBufferPointer { numbers in
      other.withUnsafeBufferPointer { other in
        for index in numbers.indices { numbers[index] += other[index] }
      }
    }
  }
}
