internal import CBLASShim

extension TruncatedSoftmax {
  /// The sum of all kept probabilities, computed in double precision.
  package var sum: Double { probabilities.reduce(0) { $0 + Double($1) } }

  /// The largest kept probability.
  package var largest: Float { probabilities.reduce(0, max) }

  /// The smallest kept probability.
  package var smallest: Float { probabilities.reduce(.infinity, min) }

  /// Keeps the elements of at least some probability.
  package func keeping(atLeast least: Float) -> TruncatedSoftmax {
    keeping(probabilities.indices.filter { probabilities[$0] >= least })
  }

  /// Keeps the fewest likeliest elements whose probabilities add up to at least a number; ties go to the lower indices.
  /// At least one is kept.
  ///
  /// - Complexity: O(n) for n kept elements.
  package func keeping(sum wanted: Double) -> TruncatedSoftmax {
    var kept = probabilities.indices.map(Int32.init)
    var (values, rest) = (probabilities, 0.0)
    let count = deepen_drop_smallest(
      Int64(values.count), Int64(values.count), sum - wanted, &kept, &values, &rest)
    return keeping(kept.prefix(Int(count)).map(Int.init))
  }

  /// The indices of some kept elements, ascending, and their probabilities.
  package typealias Part = (indices: [Int], probabilities: [Float])

  /// Splits the kept elements into the likeliest ones, at most `limit` (ties go to the lower indices), and the others.
  ///
  /// - Complexity: O(n) for n kept elements.
  package func split(at limit: Int) -> (likeliest: Part, others: Part) {
    let count = indices.count
    guard count > limit else { return ((indices, probabilities), ([], [])) }
    var kept = probabilities.indices.map(Int32.init)
    var (values, rest) = (probabilities, 0.0)
    let taken = Int(deepen_drop_smallest(Int64(count), Int64(limit), 0, &kept, &values, &rest))
    let chosen = kept.prefix(taken)
    return (
      (chosen.map { indices[Int($0)] }, Array(values.prefix(taken))),
      (indices.elements(besides: chosen), probabilities.elements(besides: chosen))
    )
  }

  /// The index at which the cumulative probability, in the order of descending probability (ties go to the lowest
  /// index), reaches a number: a sample where the number is uniform between 0 and ``sum``.
  ///
  /// - Complexity: O(n) for n kept elements.
  package func index(at point: Double) -> Int {
    let likelier = keeping(sum: point.nextUp)
    let last = likelier.smallest
    return likelier.indices[likelier.probabilities.lastIndex(of: last) ?? 0]
  }

  private func keeping(_ kept: [Int]) -> TruncatedSoftmax {
    var (others, next) = (Double(rest), 0)
    for index in probabilities.indices {
      if next < kept.count, kept[next] == index { next += 1 } else { others += Double(probabilities[index]) }
    }
    return TruncatedSoftmax(
      indices: kept.map { indices[$0] }, probabilities: kept.map { probabilities[$0] }, rest: Float(others),
      logSumExp: logSumExp)
  }
}

extension Array where Element: BitwiseCopyable {
  /// The elements at all indices except some, which are ascending and valid.
  ///
  /// Each element is written, and overwritten by the next where it is excluded: a branch could not be predicted.
  fileprivate func elements(besides left: ArraySlice<Int32>) -> [Element] {
    withUnsafeBufferPointer { elements in
      left.withUnsafeBufferPointer { left in
        Array(unsafeUninitializedCapacity: elements.count) { result, initialized in
          var (next, index) = (0, 0)
          while next < left.count {
            result.initializeElement(at: index - next, to: elements[index])
            next += Int(left[next]) == index ? 1 : 0
            index += 1
          }
          for rest in index..<elements.count { result.initializeElement(at: rest - next, to: elements[rest]) }
          initialized = elements.count - left.count
        }
      }
    }
  }
}
