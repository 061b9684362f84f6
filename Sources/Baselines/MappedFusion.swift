package import Ensembling
internal import Fusion
internal import LinearAlgebra
internal import ModelBackends

/// Maps every assistant token to one token of the main model; distributions are moved along these maps and averaged.
///
/// ```
/// p′ = α₀·p_main + Σ αᵢ·mapᵢ(pᵢ)
/// ```
///
/// The probability of tokens that map to none is left out and the member's rest is normalised.
package struct MappedFusion: TokenFusion {
  /// The token of another vocabulary that each token maps to, `[assistant's vocabulary]`; −1 for none.
  package typealias TokenMap = [Int32]

  /// A map for each assistant.
  package let maps: [TokenMap]
  /// The probability of the main model's likeliest token below which steps are fused; `nil` for always.
  package let threshold: Float?
  /// The highest token of the main model in each map; −1 for none.
  private let lastTokens: [Int]

  /// Creates the rule.
  package init(maps: [TokenMap], threshold: Float? = nil) {
    self.maps = maps
    lastTokens = maps.map { Int($0.max() ?? -1) }
    self.threshold = threshold
  }

  /// Averages the members' distributions over the main model's tokens.
  ///
  /// - Complexity: O(V) for each member.
  package func fuse(_ step: Step) throws -> FusedLogits {
    try check(step)
    let own = try step.softmax(of: 0)
    if let threshold, let best = own.max(), best >= threshold {
      return FusedLogits(logits: step.main, weights: step.weights(ofMembers: []))
    }
    var moved: [(member: Int, distribution: [Double])] = []
    for member in step.counting.dropFirst() {
      let (map, last) = (maps[member - 1], lastTokens[member - 1])
      if let distribution = Self.move(try step.softmax(of: member), along: map, upTo: last) {
        moved.append((member, distribution))
      }
    }
    let weights = step.weights(ofMembers: moved.map(\.member))
    guard !moved.isEmpty else { return FusedLogits(logits: step.main, weights: weights) }
    var mean = own.map { Double(weights[0]) * Double($0) }
    for (member, distribution) in moved {
      for (token, probability) in distribution.enumerated() { mean[token] += Double(weights[member]) * probability }
    }
    return FusedLogits(logits: mean.map { Float(ElementaryFunctions.log($0)) }, weights: weights)
  }

  /// Checks that there is a map for each assistant, an entry for each of its logits, and a token of the main model for
  /// each entry.
  private func check(_ step: Step) throws {
    try FusionError.check(step, memberCount: maps.count + 1)
    for (index, map) in maps.enumerated() {
      guard step.logits[index + 1].map({ $0.count == map.count }) ?? true, lastTokens[index] < step.main.count else {
        throw FusionError(
          .lengthMismatch, "The map of assistant \(index + 1) does not fit its vocabulary and the main model's",
          remedy: "Give it one entry for each token of the assistant: a token of the main model, or −1.")
      }
    }
  }

  /// Maps a distribution to the main model's tokens; `nil` where none of its probability maps to any of them.
  private static func move(_ distribution: [Float], along map: TokenMap, upTo last: Int) -> [Double]? {
    var moved = [Double](repeating: 0, count: last + 1)
    for (token, probability) in distribution.enumerated() where map[token] >= 0 {
      moved[Int(map[token])] += Double(probability)
    }
    let sum = moved.reduce(0, +)
    return sum > 0 ? moved.map { $0 / sum } : nil
  }

  /// Maps the tokens that both vocabularies have, and the end of generation, with a rule for the others.
  ///
  /// - Parameter other: Maps a text token that the main model does not have, given its bytes.
  static func map(
    from assistant: Vocabulary, to main: Vocabulary, others other: (TokenID, ArraySlice<UInt8>) throws -> TokenID?
  ) rethrows -> TokenMap {
    var map = TokenMap(repeating: -1, count: assistant.count)
    for token in assistant.indices where assistant.kind(of: token).isText {
      let bytes = assistant.bytes(of: token)
      guard !bytes.isEmpty else { continue }
      map[token] = Int32(try main.id(forBytes: bytes) ?? other(token, bytes) ?? -1)
    }
    if let end = main.endOfGeneration.first {
      for token in assistant.endOfGeneration { map[token] = Int32(end) }
    }
    return map
  }
}
