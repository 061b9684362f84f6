import InverseSearch
import LinearAlgebra
import ModelBackends
import RelativeSpace

/// A member's part in one step of ``DeePEnFusion``: the tokens that take part, their probabilities and their rows.
struct StepMember {
  /// The tokens, ascending; `nil` for all.
  let tokens: [TokenID]?
  /// Their probabilities, which add up to one.
  let probabilities: [Float]
  /// Their rows.
  let alignment: any Alignment
  /// How far p·R̂ may be from its exact value, in the L1 distance.
  let errorBound: Float

  /// The whole of a member.
  init(all logits: [Float], through alignment: any Alignment) throws {
    tokens = nil
    probabilities = try softmax(logits)
    self.alignment = alignment
    errorBound = 0
  }

  /// A member's likely tokens.
  ///
  /// - Parameters:
  ///   - likely: All tokens but those that may be left out.
  ///   - wanted: Tokens that a search moves whatever their probability, as far as they have one, ascending, each once.
  init(
    likely: TruncatedSoftmax, of logits: [Float], and wanted: [TokenID] = [],
    through alignment: any NarrowableAlignment, bounds: StepPrecision.LikelyTokens
  ) throws {
    // What may not be left out and does not fit either is part of the relative distribution, but the search does not move it.
    let (moved, fixed) = likely.split(at: bounds.limit)
    var chosen = zip(moved.places, moved.probabilities).map { (token: $0, probability: $1) }
    for token in wanted where logits[token] > -.infinity && Self.place(of: token, in: moved.places) == nil {
      chosen.append((token, ElementaryFunctions.exp(logits[token] - likely.logSumExp)))
    }
    if chosen.count > moved.places.count { chosen.sort { $0.token < $1.token } }
    let movedSum = chosen.reduce(0.0) { $0 + Double($1.probability) }
    var (others, sum) = (TokenShares?.none, movedSum)
    if !fixed.places.isEmpty {
      var shares = TokenShares(tokens: fixed.places, probabilities: fixed.probabilities)
      // What the search moves after all does not count twice.
      for place in wanted.compactMap({ Self.place(of: $0, in: fixed.places) }) { shares.probabilities[place] = 0 }
      sum += shares.probabilities.withUnsafeBufferPointer(absoluteSum)
      shares.probabilities.scale(by: Float(1 / sum))
      others = shares
    }
    tokens = chosen.map(\.token)
    probabilities = chosen.map { Float(Double($0.probability) / movedSum) }
    let rows = try alignment.narrowed(
      to: chosen.map(\.token), probabilities: probabilities, others: others, precision: bounds.rows)
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

  /// The logits of the tokens that take part.
  func own(_ logits: [Float]) -> [Float] {
    tokens.map { $0.map { logits[$0] } } ?? logits
  }

  /// Where a search goes from this member, whose projection is known, to a target.
  func search(
    _ search: any InverseSearch, from logits: [Float], projectedTo relative: [Float], toward target: [Float]
  ) throws -> SearchResult {
    guard let search = search as? any InformedSearch else {
      return try search.search(from: own(logits), toward: target, through: alignment)
    }
    let start = SearchStart(logits: own(logits), probabilities: probabilities, relative: relative)
    return try search.search(from: start, toward: target, through: alignment)
  }

  /// All logits, of which the tokens that take part have new ones. The others keep their share of the probability.
  func whole(_ logits: [Float], with found: [Float]) throws -> [Float] {
    guard let tokens else { return found }
    let shift = try logSumExp(found) - logSumExp(own(logits))
    var result = shift == 0 ? logits : logits.shifted(by: shift)
    for (place, token) in tokens.enumerated() { result[token] = found[place] }
    return result
  }
}
