import InverseSearch
import LinearAlgebra
import ModelBackends
import RelativeSpace

/// A member's part in one step of ``DeePEnFusion``: the tokens that take part, their probabilities and their rows.
struct StepMember {
  /// The tokens, ascending; `nil` for all.
  let tokens: [TokenID]?
  /// Their logits.
  let logits: [Float]
  /// Their probabilities, which add up to one.
  let probabilities: [Float]
  /// Their rows.
  let alignment: any TokenAlignment
  /// How far p·R̂ may be from its exact value, in the L1 distance.
  let errorBound: Float

  /// The whole of a member.
  init(all logits: [Float], through alignment: any TokenAlignment) throws {
    tokens = nil
    self.logits = logits
    probabilities = try softmax(logits)
    self.alignment = alignment
    errorBound = 0
  }

  /// A member's likely tokens.
  ///
  /// - Parameters:
  ///   - likely: The tokens.
  ///   - wanted: Tokens that a search moves whatever their probability, as far as they have one, ascending, each once.
  init(
    likely: LikelyTokens, of logits: [Float], and wanted: [TokenID] = [],
    through alignment: any NarrowableAlignment, precision: NarrowingPrecision
  ) throws {
    let (moved, fixed) = (likely.moved, likely.fixed)
    let missing = wanted.filter { logits[$0] > -.infinity && Self.place(of: $0, in: moved.places) == nil }
    let chosen = TokenShares(tokens: moved.places, probabilities: moved.probabilities).joined(
      with: TokenShares(
        tokens: missing, probabilities: missing.map { ElementaryFunctions.exp(logits[$0] - likely.softmax.logSumExp) }))
    let movedSum = absoluteSum(chosen.probabilities.span)
    var (others, sum) = (TokenShares?.none, movedSum)
    if !fixed.places.isEmpty {
      var shares = TokenShares(tokens: fixed.places, probabilities: fixed.probabilities)
      // What the search moves after all does not count twice.
      for place in wanted.compactMap({ Self.place(of: $0, in: fixed.places) }) { shares.probabilities[place] = 0 }
      sum += absoluteSum(shares.probabilities.span)
      shares.probabilities.scale(by: Float(1 / sum))
      others = shares
    }
    tokens = chosen.tokens
    self.logits = chosen.tokens.map { logits[$0] }
    probabilities = chosen.probabilities.map { Float(Double($0) / movedSum) }
    let rows = try alignment.narrowed(
      to: chosen.tokens, probabilities: probabilities, others: others, precision: precision)
    self.alignment = rows.alignment
    errorBound = Float(2 * max(0, 1 - sum)) + rows.errorBound
  }

  /// Where a token is among others, which ascend.
  private static func place(of token: TokenID, in others: [TokenID]) -> Int? {
    var (low, high) = (0, others.count)
    while low < high {
      let middle = (low + high) / 2
      if others[middle] < token { low = middle + 1 } else { high = middle }
    }
    return low < others.count && others[low] == token ? low : nil
  }

  /// What the member says about the anchors, `[A]`.
  var relative: [Float] { alignment.project(probabilities) }

  /// Where a search goes from this member, whose projection is known, to a target.
  func search(
    _ search: any InverseSearch, projectedTo relative: [Float], toward target: [Float]
  ) throws -> SearchResult {
    guard let search = search as? any InformedSearch else {
      return try search.search(from: logits, toward: target, through: alignment)
    }
    let start = SearchStart(logits: logits, probabilities: probabilities, relative: relative)
    return try search.search(from: start, toward: target, through: alignment)
  }

  /// All logits, of which the tokens that take part have new ones. The others keep their share of the probability.
  ///
  /// - Parameters:
  ///   - all: The logits that the member was made of.
  ///   - found: The new ones.
  func whole(_ all: [Float], with found: [Float]) throws -> [Float] {
    guard let tokens else { return found }
    let shift = try logSumExp(found) - logSumExp(logits)
    var result = shift == 0 ? all : all.shifted(by: shift)
    for (place, token) in tokens.enumerated() { result[token] = found[place] }
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
