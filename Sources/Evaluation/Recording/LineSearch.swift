/// Minimises a function of one number: first on a grid, then by a golden section around its best point.
///
/// The grid keeps the search from ending in the first of several local minima.
struct LineSearch {
  /// The number of grid points, both ends included.
  var gridCount: Int
  /// The number of points that are tried around the grid's best.
  var refinements: Int

  /// - Returns: The best argument that was tried, and its value.
  func minimum(
    in range: ClosedRange<Double>, of value: (Double) async throws -> Double
  ) async throws -> (argument: Double, value: Double) {
    let width = (range.upperBound - range.lowerBound) / Double(gridCount - 1)
    let points = (0..<gridCount).map { range.lowerBound + Double($0) * width }
    var best = (argument: range.lowerBound, value: Double.infinity)
    func measured(_ argument: Double) async throws -> Double {
      let found = try await value(argument)
      if found < best.value { best = (argument, found) }
      return found
    }
    for argument in points { _ = try await measured(argument) }
    guard refinements > 1 else { return best }
    let golden = (5.0.squareRoot() - 1) / 2
    var low = max(range.lowerBound, best.argument - width)
    var high = min(range.upperBound, best.argument + width)
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
