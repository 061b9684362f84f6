public import DeePEn

/// How far two ways of fusing agree on the same steps.
public struct Agreement: Codable, Sendable {
  /// In what share of steps the likeliest token is the same.
  public var sameChoice: Double
  /// Σ|a − b| of the fused distributions over tokens, a step each.
  public var tokens: Samples
  /// Σ|a − b| of the fused relative distributions, a step each; empty where the ways have other anchors.
  public var anchors: Samples

  /// Compares steps.
  ///
  /// - Parameters:
  ///   - method: A way of fusing.
  ///   - reference: Another, held to be right.
  ///   - steps: The members' logits of each step, `[steps][members][V]`.
  public static func measure(
    _ method: any TokenFusion, against reference: any TokenFusion, steps: [[[Float]]]
  ) throws -> Agreement {
    var same = 0
    var tokens = Samples("tokens")
    var anchors = Samples("anchors")
    for start in stride(from: 0, to: steps.count, by: batch) {
      let part = Array(steps[start..<min(start + batch, steps.count)])
      for (logits, other) in zip(part, try answers(reference, part)) {
        let one = try answer(method, logits)
        if argMax(one.tokens) == argMax(other.tokens) { same += 1 }
        tokens.values.append(distance(one.tokens, other.tokens))
        if let relative = one.relative, let right = other.relative, relative.count == right.count {
          anchors.values.append(distance(relative, right))
        }
      }
    }
    return Agreement(sameChoice: Double(same) / Double(steps.count), tokens: tokens, anchors: anchors)
  }

  /// How many steps of whole matrices are taken side by side.
  private static let batch = 64

  private struct Answer: Sendable {
    var tokens: [Float]
    var relative: [Float]?
  }

  /// What a way answers in some steps.
  private static func answers(_ fusion: any TokenFusion, _ steps: [[[Float]]]) throws -> [Answer] {
    guard let deepen = fusion as? DeePEnFusion, deepen.precision == .exact else {
      return try steps.map { try answer(fusion, $0) }
    }
    let matrices = deepen.alignments.compactMap { ($0 as? CosineAlignment)?.matrix }
    guard matrices.count == deepen.alignments.count else { return try steps.map { try answer(fusion, $0) } }
    return try SideBySideSteps.map(matrices, count: steps.count) { alignments, place in
      try answer(
        DeePEnFusion(
          alignments: alignments, weights: deepen.weights, combination: deepen.combination, search: deepen.search,
          weighting: deepen.weighting, precision: .exact), steps[place])
    }
  }

  /// The fused distributions over tokens and, where the rule has one, over anchors.
  private static func answer(
    _ fusion: any TokenFusion, _ logits: [[Float]]
  ) throws -> Answer {
    var (fusion, logits) = (fusion, logits)
    if let support = fusion as? SupportFusion {
      let step = try support.step(logits)
      (fusion, logits) = (step.fusion, step.logits)
    }
    let fused = try softmax(fusion.fuse(logits[0], with: Array(logits.dropFirst())).logits)
    guard let deepen = fusion as? DeePEnFusion else { return Answer(tokens: fused) }
    return Answer(
      tokens: fused, relative: try deepen.relativeDistribution(of: logits[0], with: Array(logits.dropFirst())))
  }

  private static func distance(_ a: [Float], _ b: [Float]) -> Double {
    zip(a, b).reduce(0) { $0 + abs(Double($1.0) - Double($1.1)) }
  }
}
