internal import CBLASShim

/// The sums of a softmax's elements by groups.
///
/// Takes two passes over the logits, with neither a vector of probabilities nor a division.
package struct GroupedSoftmax: Sendable {
  /// Logits and the group of each.
  package struct Input: Sendable {
    let logits: [Float]
    let groups: [Int32]
    let count: Int

    /// Creates the input.
    ///
    /// - Precondition: One group, from 0 to below `count`, for each logit.
    package init(_ logits: [Float], at groups: [Int32], count: Int) {
      precondition(logits.count == groups.count, "\(logits.count) logits do not have \(groups.count) groups.")
      self.logits = logits
      self.groups = groups
      self.count = count
    }
  }

  /// Σ exp(xᵢ − maximum) of each group, summed in double precision, `[count]`.
  package let masses: [Double]
  /// The largest logit.
  package let maximum: Float
  /// The sum of all masses.
  package let total: Double

  /// Computes the sums; `nil` where the logits have no softmax.
  private init?(_ input: Input) {
    let count = Int64(input.logits.count)
    var maximum: Float = 0
    guard Int(deepen_maximum(count, input.logits, &maximum)) == Int(DEEPEN_LOGITS_SOUND) else { return nil }
    var total = 0.0
    masses = Array(unsafeUninitializedCapacity: input.count) { masses, initialized in
      masses.initialize(repeating: 0)
      total = deepen_exp_scatter(count, input.logits, maximum, input.groups, masses.baseAddress)
      initialized = input.count
    }
    self.maximum = maximum
    self.total = total
  }

  /// Computes one for each input, concurrently; `nil` where any logits have no softmax.
  ///
  /// - Complexity: O(n + count) for each.
  package static func all(_ inputs: [Input], workers: Workers = .all) -> [GroupedSoftmax]? {
    var results = [GroupedSoftmax?](repeating: nil, count: inputs.count)
    let elements = inputs.reduce(0) { $0 + $1.logits.count }
    let parts = min(inputs.count, workers.parts(of: elements, least: Workers.leastElements(taking: 1)))
    results.withUnsafeMutableBufferPointer { results in
      // Each thread has its own inputs.
      nonisolated(unsafe) let results = results
      workers.split(inputs.count, into: max(1, parts)) { _, range in
        for index in range { results[index] = GroupedSoftmax(inputs[index]) }
      }
    }
    let sound = results.compactMap(\.self)
    return sound.count == inputs.count ? sound : nil
  }

  /// The logarithms of the softmax's elements times a factor, plus the value of each element's group: factor·log pᵢ +
  /// values[groupᵢ]; without groups, the value at the element's own index.
  ///
  /// A finite logit has a finite logarithm, also where its probability is 0 in single precision.
  ///
  /// - Parameter logits: The logits of this softmax.
  /// - Returns: `nil` where no result is finite.
  /// - Complexity: O(n).
  package func logarithms(
    of logits: [Float], times factor: Float, adding values: [Float], at groups: [Int32]?, workers: Workers = .all
  ) -> [Float]? {
    precondition((groups ?? []).count == (groups == nil ? 0 : logits.count), "Every logit has a group.")
    precondition(groups != nil || values.count == logits.count, "Every logit has a value.")
    let logarithm = Float(ElementaryFunctions.log(total))
    let parts = workers.parts(of: logits.count, least: Workers.leastElements(taking: 0.6))
    var largest = [Float](repeating: -.infinity, count: parts)
    let result = [Float](unsafeUninitializedCapacity: logits.count) { result, initialized in
      largest.withUnsafeMutableBufferPointer { largest in
        // Each thread has its own range of the result, and its own largest element.
        nonisolated(unsafe) let (result, largest) = (result, largest)
        workers.split(logits.count, into: parts) { part, range in
          largest[part] = Self.offset(logits, by: range.lowerBound) { logits in
            let target = result.baseAddress.map { $0 + range.lowerBound }
            let count = Int64(range.count)
            guard let groups else {
              return Self.offset(values, by: range.lowerBound) {
                deepen_add_gathered(count, logits, maximum, logarithm, factor, nil, $0, target)
              }
            }
            return Self.offset(groups, by: range.lowerBound) {
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
