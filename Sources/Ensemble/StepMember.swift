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

  /// A member's likely tokens, and some others.
  ///
  /// - Parameters:
  ///   - others: Tokens that take part whatever their probability, as far as they have one.
  init(
    likely: TruncatedSoftmax, of logits: [Float], and others: [TokenID] = [],
    through alignment: any NarrowableAlignment, bounds: StepPrecision.LikelyTokens
  ) throws {
    var chosen = zip(likely.places, likely.probabilities).map { (token: $0, probability: $1) }
    var rest = likely.rest
    for token in Self.absent(others, from: likely.places) where logits[token] > -.infinity {
      let probability = ElementaryFunctions.exp(logits[token] - likely.logSumExp)
      chosen.append((token, probability))
      rest -= probability
    }
    if chosen.count > likely.places.count { chosen.sort { $0.token < $1.token } }
    let tokens = chosen.map(\.token)
    let sum = chosen.reduce(0.0) { $0 + Double($1.probability) }
    let probabilities = chosen.map { Float(Double($0.probability) / sum) }
    // What may not be left out and does not fit either is part of the relative distribution, but the search does not move it.
    let fixed = rest > bounds.leavingOut ? try softmax(logits, without: tokens) : nil
    let rows = try alignment.narrowed(
      to: tokens, probabilities: probabilities, others: fixed, precision: bounds.rows)
    self.tokens = tokens
    self.probabilities = probabilities
    self.alignment = rows.alignment
    errorBound = (fixed == nil ? 2 * max(0, rest) : 0) + rows.errorBound
  }

  /// Tokens that are not among others, which are in ascending order; each once.
  private static func absent(_ tokens: [TokenID], from known: [TokenID]) -> [TokenID] {
    var absent: [TokenID] = []
    var place = 0
    for token in tokens.sorted() where token != absent.last {
      while place < known.count, known[place] < token { place += 1 }
      if place == known.count || known[place] != token { absent.append(token) }
    }
    return absent
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
    var result = shift == 0 ? logits : logits.map { $0 + shift }
    for (place, token) in tokens.enumerated() { result[token] = found[place] }
    return result
  }
}

/// The softmax of logits, with zeros at some places.
private func softmax(_ logits: [Float], without places: [Int]) throws -> [Float] {
  var distribution = try softmax(logits)
  for place in places { distribution[place] = 0 }
  return distribution
}
