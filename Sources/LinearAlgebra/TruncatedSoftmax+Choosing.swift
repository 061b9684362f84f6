internal import CBLASShim

extension TruncatedSoftmax {
  /// The sum of all kept probabilities, added up in double precision.
  package var sum: Double { probabilities.reduce(0) { $0 + Double($1) } }

  /// The largest kept probability.
  package var largest: Float { probabilities.reduce(0, max) }

  /// The smallest kept probability.
  package var smallest: Float { probabilities.reduce(.infinity, min) }

  /// The elements of at least some probability.
  package func keeping(atLeast least: Float) -> TruncatedSoftmax {
    keeping(probabilities.indices.filter { probabilities[$0] >= least })
  }

  /// The fewest likeliest elements whose probabilities add up to at least a number, of equal ones those at the lower places;
  /// at least one.
  ///
  /// - Complexity: O(n) for n kept elements.
  package func keeping(sum wanted: Double) -> TruncatedSoftmax {
    var places = probabilities.indices.map(Int32.init)
    var (values, rest) = (probabilities, 0.0)
    let count = deepen_drop_smallest(
      Int64(values.count), Int64(values.count), sum - wanted, &places, &values, &rest)
    return keeping(places.prefix(Int(count)).map(Int.init))
  }

  /// The likeliest elements, of equal ones those at the lower places, and the other ones that were kept.
  ///
  /// - Complexity: O(n) for n kept elements.
  package func split(at limit: Int) -> (likeliest: TruncatedSoftmax, others: TruncatedSoftmax) {
    var kept = places.indices.map(Int32.init)
    var (values, rest) = (probabilities, 0.0)
    let count = Int(deepen_drop_smallest(Int64(values.count), Int64(limit), 0, &kept, &values, &rest))
    var others: [Int] = []
    others.reserveCapacity(places.count - count)
    var next = 0
    for index in places.indices {
      if next < count, Int(kept[next]) == index { next += 1 } else { others.append(index) }
    }
    return (keeping(kept.prefix(count).map(Int.init)), keeping(others))
  }

  /// The place at which the sum of the probabilities, the likeliest first and of equal ones the lowest place first, comes to a
  /// number: what is drawn where the number is drawn evenly between 0 and ``sum``.
  ///
  /// - Complexity: O(n) for n kept elements.
  package func place(at point: Double) -> Int {
    let likelier = keeping(sum: point.nextUp)
    let last = likelier.smallest
    return likelier.places[likelier.probabilities.lastIndex(of: last) ?? 0]
  }

  private func keeping(_ indices: [Int]) -> TruncatedSoftmax {
    var (others, next) = (Double(rest), 0)
    for index in probabilities.indices {
      if next < indices.count, indices[next] == index { next += 1 } else { others += Double(probabilities[index]) }
    }
    return TruncatedSoftmax(
      places: indices.map { places[$0] }, probabilities: indices.map { probabilities[$0] }, rest: Float(others),
      restLogit: Float(Double(logSumExp) + ElementaryFunctions.log(others)), logSumExp: logSumExp)
  }
}
