/// The least value of a function of one number: a grid first, then a golden section around its best place.
///
/// The grid keeps a function with several valleys from being left in the first one.
struct LineSearch {
  /// How many places the grid has, both ends among them.
  var gridCount: Int
  /// How many places are tried around the grid's best.
  var refinements: Int

  /// - Returns: The best place that was tried, and its value.
  func minimum(
    in range: ClosedRange<Double>, of value: (Double) async throws -> Double
  ) async throws -> (place: Double, value: Double) {
    let width = (range.upperBound - range.lowerBound) / Double(gridCount - 1)
    let places = (0..<gridCount).map { range.lowerBound + Double($0) * width }
    var best = (place: range.lowerBound, value: Double.infinity)
    func measured(_ place: Double) async throws -> Double {
      let found = try await value(place)
      if found < best.value { best = (place, found) }
      return found
    }
    for place in places { _ = try await measured(place) }
    guard refinements > 1 else { return best }
    let golden = (5.0.squareRoot() - 1) / 2
    var low = max(range.lowerBound, best.place - width)
    var high = min(range.upperBound, best.place + width)
    var (left, right) = (high - golden * (high - low), low + golden * (high - low))
    var (leftValue, rightValue) = (try await measured(left), try await measured(right))
    for _ in 2..<max(refinements, 2) {
      if leftValue <= rightValue {
        (high, right, rightValue) = (right, left, leftValue)
        left = high - golden * (high - low)
        leftValue = try await measured(left)
      } else {
        (low, left, leftValue) = (left, right, rightValue)
        right = low + golden * (high - low)
        rightValue = try await measured(right)
      }
    }
    return best
  }
}
