public import DeePEn
import LinearAlgebra

/// How far two ways of fusing agree on the same steps.
public struct Agreement: Codable, Sendable {
  /// In what share of steps the likeliest token is the same.
  public var sameChoice: Double
  /// Σ|a − b| of the fused distributions over tokens, a step each.
  public var tokens: Samples
  /// Σ|a − b| of the fused relative distributions, a step each; empty where the ways have other anchors.
  public var anchors: Samples

  /// Compares steps. The reference answers each of them once, however many ways are held against it.
  ///
  /// - Parameters:
  ///   - fusions: Ways of fusing.
  ///   - reference: Another, held to be right.
  ///   - steps: The members' logits of each step, `[steps][members][V]`.
  /// - Returns: How far each of the ways agrees with the reference.
  public static func measure(
    _ fusions: [any TokenFusion], against reference: any StepReference, steps: [[[Float]]]
  ) async throws -> [Agreement] {
    var same = fusions.map { _ in 0 }
    var agreements = fusions.map { _ in
      Agreement(sameChoice: 0, tokens: Samples("tokens"), anchors: Samples("anchors"))
    }
    try await reference.answer(steps) { place, right in
      for (way, fusion) in fusions.enumerated() {
        let answer = try await StepAnswer(of: fusion, to: steps[place])
        if argMax(answer.tokens) == argMax(right.tokens) { same[way] += 1 }
        agreements[way].tokens.values.append(distance(answer.tokens, right.tokens))
        if let relative = answer.relative, let other = right.relative, relative.count == other.count {
          agreements[way].anchors.values.append(distance(relative, other))
        }
      }
    }
    for (way, count) in same.enumerated() { agreements[way].sameChoice = Double(count) / Double(steps.count) }
    return agreements
  }

  private static func distance(_ a: [Float], _ b: [Float]) -> Double {
    zip(a, b).reduce(0) { $0 + abs(Double($1.0) - Double($1.1)) }
  }
}
