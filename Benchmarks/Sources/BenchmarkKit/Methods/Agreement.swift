public import DeePEn
import LinearAlgebra

/// The agreement of two methods of fusing on the same steps.
public struct Agreement: Codable, Sendable {
  /// The share of steps in which the likeliest token is the same.
  public var sameChoice: Double
  /// Σ|a − b| of the fused distributions over tokens, one per step.
  public var tokens: Samples
  /// Σ|a − b| of the fused relative distributions, one per step; empty where the methods have different anchors.
  public var anchors: Samples

  /// Compares steps. The reference computes each of them once, however many methods are compared with it.
  ///
  /// - Parameters:
  ///   - fusions: Methods of fusing.
  ///   - reference: The method that is taken as correct.
  ///   - steps: The members' logits of each step, `[steps][members][V]`.
  /// - Returns: The agreement of each method with the reference.
  public static func measure(
    _ fusions: [any TokenFusion], against reference: any StepReference, steps: [[[Float]]]
  ) async throws -> [Agreement] {
    var same = fusions.map { _ in 0 }
    var agreements = fusions.map { _ in
      Agreement(sameChoice: 0, tokens: Samples("tokens"), anchors: Samples("anchors"))
    }
    try await reference.answer(steps) { index, right in
      for (method, fusion) in fusions.enumerated() {
        let answer = try await StepAnswer(of: fusion, to: steps[index])
        if argMax(answer.tokens) == argMax(right.tokens) { same[method] += 1 }
        agreements[method].tokens.values.append(distance(answer.tokens, right.tokens))
        if let relative = answer.relative, let other = right.relative, relative.count == other.count {
          agreements[method].anchors.values.append(distance(relative, other))
        }
      }
    }
    for (method, count) in same.enumerated() { agreements[method].sameChoice = Double(count) / Double(steps.count) }
    return agreements
  }

  private static func distance(_ a: [Float], _ b: [Float]) -> Double {
    zip(a, b).reduce(0) { $0 + abs(Double($1.0) - Double($1.1)) }
  }
}
