internal import Fusion
public import LinearAlgebra
internal import Synchronization

/// One step of an answer: every member's prediction of the next token, and all other inputs of a rule.
///
/// Softmaxes and likely tokens are computed on first use, and only once, however many rules use the step.
public struct Step: Sendable {
  /// Scores continuations: `[members][continuations]`, as ``logProbabilities(of:askingMembers:)`` returns them.
  public typealias Scoring = @Sendable (_ continuations: [[UInt8]], _ members: Set<Int>) async throws -> [[Double?]?]

  /// Every member's logits, `[members][its vocabulary]`, the main model's first; `nil` for one that takes no part in
  /// this step.
  ///
  /// Logits are numbers or −∞, with at least one number in each member's. Where a model has several end-of-generation
  /// tokens, the usual one represents all of them and the others are −∞.
  public let logits: [[Float]?]
  /// The members' weights in this step, with the sum 1; 0 for those that take no part.
  public let weights: [Float]
  private let memory: [Memory]
  private let scoring: Scoring

  /// Creates a step.
  ///
  /// - Parameters:
  ///   - logits: Every member's logits; the main model's first.
  ///   - weights: The members' weights; those of the members that take part are divided by their sum, and the main
  ///     model has all of it where no other member with a weight remains. `nil` for equal weights.
  ///   - scoring: Asks the members for scores; without it, ``logProbabilities(of:askingMembers:)`` throws.
  /// - Precondition: The main model takes part.
  /// - Throws: `FusionError` where the number of weights is not that of the members, or weights are negative, not
  ///   finite, or all zero.
  public init(logits: [[Float]?], weights: [Float]? = nil, scoring: Scoring? = nil) throws {
    precondition(!logits.isEmpty && logits[0] != nil, "The main model has a part in every step.")
    let weights = weights ?? Array(repeating: 1 / Float(logits.count), count: logits.count)
    try MemberWeights.check(weights, memberCount: logits.count)
    self.init(
      logits: logits, weights: MemberShares.shares(of: weights, present: logits.map { $0 != nil }),
      memory: logits.map { _ in Memory() }, scoring: scoring ?? Self.nobodyAnswers)
  }

  private init(logits: [[Float]?], weights: [Float], memory: [Memory], scoring: @escaping Scoring) {
    self.logits = logits
    self.weights = weights
    self.memory = memory
    self.scoring = scoring
  }

  /// The main model's logits, `[vocabulary]`.
  public var main: [Float] { logits[0] ?? [] }

  /// The members that count: the main model first, then every assistant that takes part and has a weight.
  ///
  /// Where that is the main model alone, rules return its logits.
  public var counting: [Int] { logits.indices.filter { $0 == 0 || logits[$0] != nil && weights[$0] > 0 } }

  /// The result of a step in which the main model alone counts.
  public var mainAlone: FusedLogits { FusedLogits(logits: main, weights: weights) }

  /// A member's next-token distribution, `[its vocabulary]`.
  ///
  /// - Precondition: The member takes part in the step.
  /// - Throws: `LinearAlgebraError` for logits that have no softmax.
  public func softmax(of member: Int) throws -> [Float] {
    try memory[member].softmax.withLock { known in
      let softmax = try known ?? LinearAlgebra.softmax(logits(of: member))
      known = softmax
      return softmax
    }
  }

  /// The fewest of a member's likeliest tokens that leave out at most a given probability, with their probabilities.
  ///
  /// - Precondition: The member takes part in the step; `mass` is from 0 to below 1.
  /// - Throws: `LinearAlgebraError` for logits that have no softmax.
  public func likelyTokens(of member: Int, leavingOut mass: Float) throws -> TruncatedSoftmax {
    try memory[member].likely.withLock { known in
      let likely = try known[mass] ?? truncatedSoftmax(logits(of: member), leavingOut: mass, limit: .max)
      known[mass] = likely
      return likely
    }
  }

  /// The natural logarithms of the probabilities that the text continues with some bytes, for any text after them.
  ///
  /// An optional member that fails takes no part in the rest of the answer; the failure of a required one ends it, as
  /// anywhere else in a step.
  ///
  /// - Parameters:
  ///   - continuations: The bytes.
  ///   - members: The members to ask, concurrently.
  /// - Returns: `[members][continuations]`; `nil` for a member that was not asked or takes no part, and for a
  ///   continuation that it cannot read.
  /// - Throws: ``EnsembleError`` where a required member fails, with the code `unsupported` where there are no sessions
  ///   to ask, as in a recording; `CancellationError`.
  public func logProbabilities(
    of continuations: [[UInt8]], askingMembers members: Set<Int>
  ) async throws -> [[Double?]?] {
    try await scoring(continuations, members)
  }

  /// The same step with other weights. Computed results are shared.
  ///
  /// - Parameter weights: One weight per member: finite, not negative, not all zero. As in the initialiser, those of
  ///   the members that take part are divided by their sum.
  /// - Throws: `FusionError` for weights that cannot be used.
  public func reweighted(_ weights: [Float]) throws -> Step {
    try MemberWeights.check(weights, memberCount: logits.count)
    return Step(
      logits: logits, weights: MemberShares.shares(of: weights, present: logits.map { $0 != nil }), memory: memory,
      scoring: scoring)
  }

  /// The weights where only some of the members remain; the main model always does.
  public func weights(ofMembers members: some Sequence<Int>) -> [Float] {
    let left = Set(members)
    return MemberShares.shares(of: weights, present: logits.indices.map { $0 == 0 || left.contains($0) })
  }

  /// A weight for every member where some have the given ones: 0 for the others.
  func weights(of members: [Int], _ given: [Float]) -> [Float] {
    var weights = [Float](repeating: 0, count: logits.count)
    for (member, weight) in zip(members, given) { weights[member] = weight }
    return weights
  }

  private func logits(of member: Int) -> [Float] {
    guard let logits = logits[member] else { preconditionFailure("Member \(member) has no part in the step.") }
    return logits
  }

  private static let nobodyAnswers: Scoring = { _, _ in
    throw EnsembleError(
      .unsupported, "the rule asks the members to score continuations, and none can be asked",
      remedy: "Use it in an ensemble; what members said about other bytes is not recorded.")
  }

  /// The results that are computed once per member.
  private final class Memory: Sendable {
    let softmax = Mutex<[Float]?>(nil)
    let likely = Mutex<[Float: TruncatedSoftmax]>([:])
  }
}
