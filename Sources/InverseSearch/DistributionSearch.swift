internal import LinearAlgebra
package import RelativeSpace

/// A search that can say where it arrives without saying how it went.
package protocol DistributionSearch: InverseSearch {
  /// The softmax of the logits that the search finds, up to rounding, `[V]`.
  ///
  /// - Parameters:
  ///   - mainLogits: The main model's logits, `[V]`.
  ///   - main: Their softmax.
  ///   - target: The fused relative distribution r̄, `[A]`.
  ///   - alignment: The main model's R̂, `[V × A]`.
  /// - Throws: What the search throws.
  func distribution(
    from mainLogits: [Float], withSoftmax main: [Float], toward target: [Float], through alignment: any TokenAlignment
  ) throws -> [Float]
}

extension EMSearch: DistributionSearch {
  /// One step with γ = 1 is p_w·Σ_a R̂[w,a]·r̄[a] / (p·R̂)[a] divided by its sum: one projection, one way back, and neither a
  /// logarithm nor an exponential. Every other search, and numbers that need a closer look, go the long way.
  package func distribution(
    from mainLogits: [Float], withSoftmax main: [Float], toward target: [Float], through alignment: any TokenAlignment
  ) throws -> [Float] {
    if let moved = oneStep(from: main, toward: target, through: alignment) { return moved }
    return try softmax(search(from: mainLogits, toward: target, through: alignment).logits)
  }

  /// Whether one step with γ = 1 through rows that have a single one is what its formula says, whatever the details: no ratio
  /// of a target to a relative distribution is so large that a token to which single precision gave no probability could
  /// have one, and the two, whose L1 distance is given, are not so close that there could be nothing to do.
  package func isPlain(largestRatio: Float, distance: Double) -> Bool {
    steps == 1 && exponent == 1 && largestRatio < Self.largestRatio && !Self.isClose(distance)
  }

  private static let largestRatio: Float = 1e25

  /// Distributions that are far apart have a divergence of at least half the square of their distance (Pinsker).
  private static func isClose(_ distance: Double) -> Bool { distance * distance < 8 * Double(RelativeLoss.resolution) }

  /// The step; `nil` where only the search itself can tell what comes of it.
  private func oneStep(from main: [Float], toward target: [Float], through alignment: any TokenAlignment) -> [Float]? {
    guard steps == 1, exponent == 1, main.count == alignment.vocabularyCount, target.count == alignment.anchorCount
    else { return nil }
    let relative = alignment.project(main)
    let ratios = Ratios(of: target, to: relative)
    guard ratios.isSound, ratios.largest < Self.largestRatio else { return nil }
    if Self.isClose(ratios.distance), klDivergence(target, relative) <= Double(RelativeLoss.resolution) { return main }
    var moved = alignment.pullBack(ratios.values)
    return multiplyAndNormalise(&moved, by: main) ? moved : nil
  }
}
