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
    for logits in steps {
      let (one, other) = (try answer(method, logits), try answer(reference, logits))
      if argMax(one.tokens) == argMax(other.tokens) { same += 1 }
      tokens.values.append(distance(one.tokens, other.tokens))
      if let relative = one.relative, let right = other.relative, relative.count == right.count {
        anchors.values.append(distance(relative, right))
      }
    }
    return Agreement(sameChoice: Double(same) / Double(steps.count), tokens: tokens, anchors: anchors)
  }

  /// The fused distributions over tokens and, where the rule has one, over anchors.
  private static func answer(
    _ fusion: any TokenFusion, _ logits: [[Float]]
  ) throws -> (tokens: [Float], relative: [Float]?) {
    var (fusion, logits) = (fusion, logits)
    if let support = fusion as? SupportFusion {
      let step = try support.step(logits)
      (fusion, logits) = (step.fusion, step.logits)
    }
    let fused = try softmax(fusion.fuse(logits[0], with: Array(logits.dropFirst())).logits)
    guard let deepen = fusion as? DeePEnFusion else { return (fused, nil) }
    let relatives = try zip(deepen.alignments, logits).map { $0.project(try softmax($1)) }
    return (fused, try deepen.combination.fuse(relatives, weights: deepen.weights))
  }

  private static func distance(_ a: [Float], _ b: [Float]) -> Double {
    zip(a, b).reduce(0) { $0 + abs(Double($1.0) - Double($1.1)) }
  }
}
