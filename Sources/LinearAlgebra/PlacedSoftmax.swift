internal import CBLASShim

/// The softmax of some logits as seen from the places to which its elements belong: only their sums.
///
/// Two passes over the logits, and neither a vector of probabilities nor a division.
package struct PlacedSoftmax: Sendable {
  /// Logits and where each of them belongs.
  package struct Input: Sendable {
    let logits: [Float]
    let places: [Int32]
    let count: Int

    /// Describes the input.
    ///
    /// - Precondition: One place, from 0 to below `count`, for each logit.
    package init(_ logits: [Float], at places: [Int32], count: Int) {
      precondition(logits.count == places.count, "\(logits.count) logits do not belong to \(places.count) places.")
      self.logits = logits
      self.places = places
      self.count = count
    }
  }

  /// Σ exp(xᵢ − maximum) at each place, added up in double precision, `[count]`.
  package let masses: [Double]
  /// The largest logit.
  package let maximum: Float
  /// The sum of all masses.
  package let total: Double

  /// Adds up; `nil` where the logits have no softmax.
  private init?(_ input: Input) {
    let count = Int64(input.logits.count)
    var maximum: Float = 0
    guard Int(deepen_maximum(count, input.logits, &maximum)) == Int(DEEPEN_LOGITS_SOUND) else { return nil }
    var total = 0.0
    masses = Array(unsafeUninitializedCapacity: input.count) { masses, initialized in
      masses.initialize(repeating: 0)
      total = deepen_exp_scatter(count, input.logits, maximum, input.places, masses.baseAddress)
      initialized = input.count
    }
    self.maximum = maximum
    self.total = total
  }

  /// One of these for each input, at the same time on all threads; `nil` where any logits have no softmax.
  ///
  /// - Complexity: O(n + count) for each.
  package static func all(_ inputs: [Input]) -> [PlacedSoftmax]? {
    var results = [PlacedSoftmax?](repeating: nil, count: inputs.count)
    let elements = inputs.reduce(0) { $0 + $1.logits.count }
    let parts = min(inputs.count, KernelThreads.parts(of: elements, least: KernelThreads.leastElements(taking: 1)))
    results.withUnsafeMutableBufferPointer { results in
      // Each thread has inputs of its own.
      nonisolated(unsafe) let results = results
      KernelThreads.split(inputs.count, into: max(1, parts)) { _, range in
        for index in range { results[index] = PlacedSoftmax(inputs[index]) }
      }
    }
    let sound = results.compactMap(\.self)
    return sound.count == inputs.count ? sound : nil
  }

  /// The logarithms of the softmax's elements times a factor, and to each the value at its place: factor·log pᵢ + values[placeᵢ];
  /// without places, the value with its own number.
  ///
  /// Where softmax finds the probability 0, this is −∞.
  ///
  /// - Parameter logits: What this is the softmax of.
  /// - Returns: `nil` where no result is finite.
  /// - Complexity: O(n).
  package func logarithms(
    of logits: [Float], times factor: Float, adding values: [Float], at places: [Int32]?
  ) -> [Float]? {
    precondition((places ?? []).count == (places == nil ? 0 : logits.count), "Every logit has a place.")
    precondition(places != nil || values.count == logits.count, "Every logit has a value.")
    let logarithm = Float(ElementaryFunctions.log(total))
    let parts = KernelThreads.parts(of: logits.count, least: KernelThreads.leastElements(taking: 0.6))
    var largest = [Float](repeating: -.infinity, count: parts)
    let result = [Float](unsafeUninitializedCapacity: logits.count) { result, initialized in
      largest.withUnsafeMutableBufferPointer { largest in
        // Each thread has a stretch of the result of its own, and a largest element.
        nonisolated(unsafe) let (result, largest) = (result, largest)
        KernelThreads.split(logits.count, into: parts) { part, range in
          largest[part] = Self.offset(logits, by: range.lowerBound) { logits in
            let target = result.baseAddress.map { $0 + range.lowerBound }
            let count = Int64(range.count)
            guard let places else {
              return Self.offset(values, by: range.lowerBound) {
                deepen_add_gathered(count, logits, maximum, logarithm, factor, nil, $0, target)
              }
            }
            return Self.offset(places, by: range.lowerBound) {
              deepen_add_gathered(count, logits, maximum, logarithm, factor, $0, values, target)
            }
          }
        }
      }
      initialized = logits.count
    }
    return largest.contains(where: \.isFinite) ? result : nil
  }

  private static func offset<Element, Result>(
    _ array: [Element], by distance: Int, _ body: (UnsafePointer<Element>?) -> Result
  ) -> Result {
    array.withUnsafeBufferPointer { body($0.baseAddress.map { $0 + distance }) }
  }
}
