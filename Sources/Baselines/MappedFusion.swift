public import Ensembling
internal import Fusion
internal import LinearAlgebra
internal import ModelBackends

/// Every assistant token stands for one token of the main model; distributions are moved along these maps and averaged.
///
/// ```
/// p′ = α₀·p_main + Σ αᵢ·mapᵢ(pᵢ)
/// ```
///
/// Probability of tokens that stand for nothing is left out and the member's rest made a distribution.
public struct MappedFusion: WeightedFusion {
  /// What the tokens of one vocabulary stand for in another, `[assistant's vocabulary]`; −1 for nothing.
  public typealias TokenMap = [Int32]

  /// A map for each assistant.
  public let maps: [TokenMap]
  /// The members' weights; the main model's first, their sum is 1.
  public var weights: [Float]
  /// Fusion takes place only where the main model's likeliest token is less likely than this; `nil` for always.
  public let threshold: Float?
  /// The last token of the main model that each map leads to; −1 for none.
  private let lastTokens: [Int]

  /// Makes the rule.
  ///
  /// - Throws: `FusionError` where there is not a weight for the main model and for each map.
  public init(maps: [TokenMap], weights: [Float], threshold: Float? = nil) throws {
    try MemberWeights.check(weights, memberCount: maps.count + 1)
    self.maps = maps
    lastTokens = maps.map { Int($0.max() ?? -1) }
    self.weights = weights
    self.threshold = threshold
  }

  /// Averages the members' distributions over the main model's tokens.
  ///
  /// - Complexity: O(V) for each member.
  public func fuse(_ main: [Float], with assistants: [[Float]?]) throws -> FusedLogits {
    try check(main, assistants)
    let own = try softmax(main)
    if let threshold, let best = own.max(), best >= threshold {
      return FusedLogits(logits: main, weights: [1] + assistants.map { _ in 0 })
    }
    var moved: [[Double]?] = []
    for (index, logits) in assistants.enumerated() {
      moved.append(try logits.flatMap { try Self.move($0, along: maps[index], upTo: lastTokens[index]) })
    }
    let shares = MemberShares.shares(of: weights, present: [true] + moved.map { $0 != nil })
    let counting = moved.indices.filter { moved[$0] != nil && shares[$0 + 1] > 0 }
    guard !counting.isEmpty else { return FusedLogits(logits: main, weights: shares) }
    var mean = own.map { Double(shares[0]) * Double($0) }
    for index in counting {
      guard let distribution = moved[index] else { continue }
      for (token, probability) in distribution.enumerated() { mean[token] += Double(shares[index + 1]) * probability }
    }
    return FusedLogits(logits: mean.map { Float(ElementaryFunctions.log($0)) }, weights: shares)
  }

  /// Checks that there is a map for each assistant, an entry for each of its logits, and a token of the main model for
  /// each entry.
  private func check(_ main: [Float], _ assistants: [[Float]?]) throws {
    guard assistants.count == maps.count else {
      throw FusionError(
        .lengthMismatch, "There are \(maps.count) maps for \(assistants.count) assistants",
        remedy: "Give one for each assistant.")
    }
    for (index, logits) in assistants.enumerated() {
      guard logits.map({ $0.count == maps[index].count }) ?? true, lastTokens[index] < main.count else {
        throw FusionError(
          .lengthMismatch, "The map of assistant \(index + 1) does not fit its vocabulary and the main model's",
          remedy: "Give it one entry for each token of the assistant: a token of the main model, or −1.")
      }
    }
  }

  /// A distribution over the main model's tokens; `nil` where nothing that it holds stands for any of them.
  private static func move(_ logits: [Float], along map: TokenMap, upTo last: Int) throws -> [Double]? {
    var moved = [Double](repeating: 0, count: last + 1)
    for (token, probability) in try softmax(logits).enumerated() where map[token] >= 0 {
      moved[Int(map[token])] += Double(probability)
    }
    let sum = moved.reduce(0, +)
    return sum > 0 ? moved.map { $0 / sum } : nil
  }

  /// The map of the tokens that both vocabularies have, and of the end of generation, with a rule for the others.
  ///
  /// - Parameter other: What a text token stands for that the main model does not have; it gets the token's bytes.
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
