import DeePEn
import LinearAlgebra

/// The result of a method of fusing in a step.
public struct StepAnswer: Sendable {
  /// The fused distribution over the main model's tokens, `[V]`.
  public var tokens: [Float]
  /// The fused relative distribution r̄, `[A]`; `nil` where the method has none.
  public var relative: [Float]?

  /// Creates a result.
  public init(tokens: [Float], relative: [Float]?) {
    self.tokens = tokens
    self.relative = relative
  }

  /// The result of a rule.
  init(of fusion: any TokenFusion, to logits: [[Float]]) async throws {
    if let support = fusion as? SupportFusion {
      let (fusion, kept) = try support.step(logits)
      try self.init(ofRelative: fusion, to: kept)
    } else if let fusion = fusion as? DeePEnFusion {
      try self.init(ofRelative: fusion, to: logits)
    } else {
      self.init(tokens: try softmax(try await fusion.fuse(Step(logits: logits)).logits), relative: nil)
    }
  }

  /// The result of a rule in a relative space.
  init(ofRelative fusion: DeePEnFusion, to logits: [[Float]]) throws {
    let step = try Step(logits: logits)
    tokens = try softmax(fusion.fuse(step).logits)
    relative = try fusion.relativeDistribution(of: step)
  }
}

/// A method of fusing that others are compared with. It computes many steps, and may share work among them.
public protocol StepReference: Sendable {
  /// Computes steps, in their order.
  ///
  /// - Parameters:
  ///   - steps: The members' logits of each step, `[steps][members][V]`.
  ///   - body: Gets each step's index and result.
  func answer(_ steps: [[[Float]]], _ body: (Int, StepAnswer) async throws -> Void) async throws
}

/// The available references: every ``StepMethod``, and ``StreamedReference``.
public enum StepReferences {
  /// Their names.
  public static var names: [String] { StepMethod.all.map(\.name) + [StreamedReference.name] }

  /// Checks that there is a reference of a name.
  ///
  /// - Throws: ``BenchmarkError`` listing the names.
  public static func check(_ name: String) throws {
    guard names.contains(name) else {
      throw BenchmarkError(
        "There is no reference \(name)", remedy: "Choose from \(names.joined(separator: ", ")).")
    }
  }

  /// The reference of a name.
  ///
  /// - Throws: ``BenchmarkError`` listing the names, or the error of building it.
  static func make(_ name: String, _ inputs: StepInputs) throws -> any StepReference {
    try check(name)
    if name == StreamedReference.name { return StreamedReference(inputs) }
    return reference(to: try StepMethod.named(name).make(inputs))
  }

  /// A rule as a reference.
  static func reference(to fusion: any TokenFusion) -> any StepReference {
    guard let deepen = fusion as? DeePEnFusion, let whole = WholeMatrices(deepen) else {
      return OneByOne(fusion: fusion)
    }
    return whole
  }
}

/// A rule that computes one step after the other.
private struct OneByOne: StepReference {
  let fusion: any TokenFusion

  func answer(_ steps: [[[Float]]], _ body: (Int, StepAnswer) async throws -> Void) async throws {
    for (index, logits) in steps.enumerated() { try await body(index, StepAnswer(of: fusion, to: logits)) }
  }
}

/// The published rule with whole matrices, on several steps side by side.
private struct WholeMatrices: StepReference {
  private let fusion: DeePEnFusion
  private let matrices: [Matrix]

  /// The number of steps that are computed side by side.
  private static let batch = 64

  /// `nil` where the rule is not exact, or has other alignments.
  init?(_ fusion: DeePEnFusion) {
    matrices = fusion.alignments.compactMap { ($0 as? CosineAlignment)?.matrix }
    guard fusion.precision == .exact, matrices.count == fusion.alignments.count else { return nil }
    self.fusion = fusion
  }

  func answer(_ steps: [[[Float]]], _ body: (Int, StepAnswer) async throws -> Void) async throws {
    let fusion = fusion
    for start in stride(from: 0, to: steps.count, by: Self.batch) {
      let part = Array(steps[start..<min(start + Self.batch, steps.count)])
      let answers = try SideBySideSteps.map(matrices, count: part.count) { alignments, index in
        let batched = try DeePEnFusion(
          alignments: alignments, combination: fusion.combination, search: fusion.search, weighting: fusion.weighting,
          precision: .exact)
        return try StepAnswer(ofRelative: batched, to: part[index])
      }
      for (index, answer) in answers.enumerated() { try await body(start + index, answer) }
    }
  }
}
