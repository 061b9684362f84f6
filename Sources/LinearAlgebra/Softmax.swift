internal import CBLASShim

/// The softmax of logits: exp(xᵢ) / Σ exp(xⱼ), computed as exp(xᵢ − max x) / Σ exp(xⱼ − max x).
///
/// A logit of −∞ has the probability 0. A probability below 10⁻³⁸ is 0.
///
/// - Throws: ``LinearAlgebraError`` where no distribution exists: a logit is NaN or +∞, or none is finite.
/// - Complexity: O(n).
public func softmax(_ logits: [Float]) throws -> [Float] {
  let maximum = try finiteMaximum(of: logits)
  return Array(unsafeUninitializedCapacity: logits.count) { probabilities, initialized in
    let sum = deepen_exp(Int64(logits.count), logits, maximum, 1, probabilities.baseAddress)
    deepen_scale(Int64(logits.count), Float(1 / sum), probabilities.baseAddress)
    initialized = logits.count
  }
}

/// Replaces a vector by the softmax of its multiple: xᵢ becomes exp(scale·xᵢ) / Σ exp(scale·xⱼ).
///
/// - Precondition: `scale` and all elements are finite, `scale` is not negative, and there is an element.
/// - Complexity: O(n).
package func applySoftmax(_ x: inout MutableSpan<Float>, scale: Float) {
  x.withUnsafeMutableBufferPointer { x in
    var maximum: Float = 0
    let kind = deepen_maximum(Int64(x.count), x.baseAddress, &maximum)
    precondition(kind == DEEPEN_LOGITS_SOUND, "A softmax needs finite numbers.")
    let sum = deepen_exp(Int64(x.count), x.baseAddress, maximum, scale, x.baseAddress)
    deepen_scale(Int64(x.count), Float(1 / sum), x.baseAddress)
  }
}

/// The logarithm of Σ exp(xᵢ), computed without overflow.
///
/// −∞ adds nothing.
///
/// - Throws: ``LinearAlgebraError`` where an element is NaN or +∞, or none is finite.
/// - Complexity: O(n).
public func logSumExp(_ x: [Float]) throws -> Float {
  let maximum = try finiteMaximum(of: x)
  return Float(Double(maximum) + ElementaryFunctions.log(deepen_exp_sum(Int64(x.count), x, maximum)))
}

/// The largest of some logits, which must have a softmax.
///
/// - Throws: ``LinearAlgebraError`` naming the first element that is NaN or +∞, or saying that none is finite.
/// - Complexity: O(n).
@discardableResult
package func finiteMaximum(of logits: [Float]) throws -> Float {
  var maximum: Float = 0
  switch Int(deepen_maximum(Int64(logits.count), logits, &maximum)) {
  case Int(DEEPEN_LOGITS_NAN):
    let index = logits.firstIndex { $0.isNaN } ?? 0
    throw LinearAlgebraError(.notANumber, "Logit \(index) of \(logits.count) is NaN")
  case Int(DEEPEN_LOGITS_POSITIVE_INFINITY):
    let index = logits.firstIndex(of: .infinity) ?? 0
    throw LinearAlgebraError(.positiveInfinity, "Logit \(index) of \(logits.count) is +∞")
  case Int(DEEPEN_LOGITS_NO_FINITE):
    throw LinearAlgebraError(
      .nothingFinite, logits.isEmpty ? "There are no logits" : "All \(logits.count) logits are −∞")
  default:
    return maximum
  }
}
