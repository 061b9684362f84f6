import InverseSearch
import LinearAlgebra
import ModelBackends
import RelativeSpace

/// A member's part in one step of ``DeePEnFusion``: the tokens that take part, their probabilities and their rows.
struct StepMember: Sendable {
  /// The member.
  let index: Int
  /// The tokens, ascending; `nil` for all.
  let tokens: [TokenID]?
  /// Their logits.
  let logits: [Float]
  /// Their probabilities, which add up to one.
  let probabilities: [Float]
  /// Their rows.
  let alignment: any TokenAlignment
  /// A bound on the L1 distance of p·R̂ from its exact value.
  let errorBound: Float

  /// Creates a part with all tokens of a member.
  init(_ member: Int, of step: Step, through alignment: any TokenAlignment) throws {
    index = member
    tokens = nil
    logits = step.logits[member] ?? []
    probabilities = try step.softmax(of: member)
    self.alignment = alignment
    errorBound = 0
  }

  /// Creates a part with a member's likely tokens; `nil` where the alignment cannot be narrowed.
  ///
  /// - Parameters:
  ///   - likely: The tokens.
  ///   - wanted: Tokens that a search moves whatever their probability, if it is not zero, ascending, each once.
  init?(
    _ member: Int, of step: Step, likely: LikelyTokens, and wanted: [TokenID], through alignment: any TokenAlignment
  ) throws {
    let logits = step.logits[member] ?? []
    let (moved, fixed) = (likely.moved, likely.fixed)
    let missing = wanted.filter { logits[$0] > -.infinity && Self.index(of: $0, in: moved.indices) == nil }
    let chosen = TokenShares(tokens: moved.indices, probabilities: moved.probabilities).joined(
      with: TokenShares(
        tokens: missing, probabilities: missing.map { ElementaryFunctions.exp(logits[$0] - likely.softmax.logSumExp) }))
    let movedSum = absoluteSum(chosen.probabilities.span)
    var (others, sum) = (TokenShares?.none, movedSum)
    if !fixed.indices.isEmpty {
      var shares = TokenShares(tokens: fixed.indices, probabilities: fixed.probabilities)
      // Fixed tokens that the search moves after all do not count twice.
      for index in wanted.compactMap({ Self.index(of: $0, in: fixed.indices) }) { shares.probabilities[index] = 0 }
      sum += absoluteSum(shares.probabilities.span)
      shares.probabilities.scale(by: Float(1 / sum))
      others = shares
    }
    let shares = chosen.probabilities.map { Float(Double($0) / movedSum) }
    guard
      let rows = try alignment.narrowed(
        to: chosen.tokens, probabilities: shares, others: others, precision: likely.rows)
    else { return nil }
    index = member
    tokens = chosen.tokens
    self.logits = chosen.tokens.map { logits[$0] }
    probabilities = shares
    self.alignment = rows.alignment
    errorBound = Float(2 * max(0, 1 - sum)) + rows.errorBound
  }

  /// The index of a token in an ascending list.
  private static func index(of token: TokenID, in others: [TokenID]) -> Int? {
    var (low, high) = (0, others.count)
    while low < high {
      let middle = (low + high) / 2
      if others[middle] < token { low = middle + 1 } else { high = middle }
    }
    return low < others.count && others[low] == token ? low : nil
  }

  /// The start of a search from this member, whose projection is known, to a target.
  func start(at relative: [Float], toward target: [Float]) throws -> SearchStart {
    try SearchStart(
      logits: logits, probabilities: probabilities, relative: relative, target: target, alignment: alignment)
  }

  /// All logits, with new ones for the tokens that take part. The others keep their share of the probability.
  ///
  /// - Parameters:
  ///   - found: The new logits.
  ///   - all: The member's logits.
  func spread(_ found: [Float], over all: [Float]) throws -> [Float] {
    guard let tokens else { return found }
    let shift = try logSumExp(found) - logSumExp(logits)
    var result = shift == 0 ? all : all.shifted(by: shift)
    for (token, logit) in zip(tokens, found) { result[token] = logit }
    return result
  }
}

extension TokenShares {
  /// Both lists as one, ascending; no token is in both.
  fileprivate func joined(with others: TokenShares) -> TokenShares {
    guard !others.tokens.isEmpty else { return self }
    var all = TokenShares(tokens: [], probabilities: [])
    all.tokens.reserveCapacity(tokens.count + others.tokens.count)
    all.probabilities.reserveCapacity(tokens.count + others.tokens.count)
    var start = 0
    for (token, probability) in zip(others.tokens, others.probabilities) {
      let end = tokens[start...].firstIndex { $0 > token } ?? tokens.count
      all.tokens += tokens[start..<end]
      all.tokens.append(token)
      all.probabilities += probabilities[start..<end]
      all.probabilities.append(probability)
      start = end
    }
    all.tokens += tokens[start...]
    all.probabilities += probabilities[start...]
    return all
  }
}
