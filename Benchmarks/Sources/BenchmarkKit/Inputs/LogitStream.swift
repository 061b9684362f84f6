import CBenchmarkKernels
import DeePEn
import LinearAlgebra

/// Synthetic next-token logits with a language model's distribution, for members that mostly agree.
///
/// A step's logits are a tail that falls with the token's rank (Zipf), noise that members share in part, and a head of
/// a few dozen candidates. Most steps have one clear candidate, some have several, and every twentieth, like a
/// sentence's first token, is nearly flat. Candidates are drawn by frequency, so that they recur as in text.
public struct LogitStream: Sendable {
  private let layouts: [TokenLayout]
  private let seed: UInt64
  /// Each member's tail without noise, `[members][V]`.
  private let tails: [[Float]]
  /// Each member's keys, `[members][V]`.
  private let keys: [[UInt64]]

  /// Creates a stream; equal seeds give equal logits.
  public init(_ layouts: [TokenLayout], seed: UInt64) {
    self.layouts = layouts
    self.seed = seed
    tails = layouts.map { layout in (0..<layout.vocabularyCount).map { -ElementaryLogarithm.of(Float($0 + 10)) } }
    keys = layouts.enumerated().map { member, layout in
      (0..<layout.vocabularyCount).map { layout.key(of: $0, member: member) }
    }
  }

  /// The shape of a step's head.
  private struct Head {
    /// The first candidate's logit above the tail's log-sum-exp.
    var peak: Float
    /// The slope of the others below it.
    var slope: Float
  }

  private static let tailDeviation: Float = 1.2
  private static let commonShare: Float = 0.8
  private static let candidateCount = 48

  /// The members' logits in a step, `[members][V]`.
  public func logits(atStep step: Int) throws -> [[Float]] {
    var generator = SplitMix64(seed: seed &+ UInt64(step) &* 0xd134_2543_de82_ef95)
    let head = Self.head(step, using: &generator)
    let shared = layouts[0].sharedCount
    // Log-uniform ranks: the r-th is drawn in proportion to 1/r.
    let candidates = (0..<Self.candidateCount).map { _ in
      min(shared - 1, Int(Double(shared + 1).power(Double.random(in: 0..<1, using: &generator))) - 1)
    }
    let opinions = candidates.map { _ in 0.7 * Self.normal(&generator) }
    return try layouts.indices.map { member in
      let stepSeed = generator.next()
      var logits = tail(ofMember: member, step: step, own: stepSeed)
      let level = try logSumExp(logits)
      let peak = head.peak + 0.8 * Self.normal(&generator)
      // Sometimes a member prefers another candidate.
      var order = Array(candidates.indices)
      if Float.random(in: 0..<1, using: &generator) < 0.15 { order.swapAt(0, 1) }
      for (rank, candidate) in order.enumerated() {
        let fall = head.slope * ElementaryLogarithm.of(Float(1 + rank))
        let token = layouts[member].token(ofShared: candidates[candidate])
        logits[token] = max(
          logits[token], level + peak - fall + opinions[candidate] + 0.5 * Self.normal(&generator))
      }
      return logits
    }
  }

  /// The tail of a step, `[V]`.
  private func tail(ofMember member: Int, step: Int, own: UInt64) -> [Float] {
    let common = seed ^ UInt64(step) &* 0x9fb2_1c65_1e98_df25
    let commonScale = Self.tailDeviation * Self.commonShare
    let ownScale = Self.tailDeviation * (1 - Self.commonShare * Self.commonShare).squareRoot()
    var logits = tails[member]
    let keys = keys[member]
    logits.withUnsafeMutableBufferPointer { logits in
      benchmark_add_normal(Int64(logits.count), own, ownScale, logits.baseAddress)
      for token in logits.indices { logits[token] += commonScale * benchmark_normal(common, keys[token]) }
    }
    return logits
  }

  private static func head(_ step: Int, using generator: inout SplitMix64) -> Head {
    if step % 20 == 0 { return Head(peak: -4, slope: 0.3) }
    if Float.random(in: 0..<1, using: &generator) < 0.7 {
      return Head(peak: Float.random(in: 4...8, using: &generator), slope: 2.5)
    }
    return Head(peak: Float.random(in: 1.5...3.5, using: &generator), slope: 1.2)
  }

  private static func normal(_ generator: inout SplitMix64) -> Float { benchmark_normal(generator.next(), 0) }
}
