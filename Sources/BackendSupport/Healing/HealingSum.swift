internal import LinearAlgebra
internal import ModelBackends

/// The healed distribution after one text, accumulated boundary by boundary (``TokenHealer``).
///
/// For earlier boundaries, only the probabilities of the tokens that extend beyond the text's end are kept, so that the
/// logits of a text can be passed on as they are computed.
struct HealingSum {
  let text: ContextTokens
  let boundaries: ClosedRange<Int>
  private let healer: TokenHealer
  /// The probability of the text's tokens from the first boundary up to the next one that is added.
  private var weight = 1.0
  /// For each earlier boundary: its weight, the rests of the tokens that extend beyond the text's end, and the
  /// probabilities of these tokens.
  private var parts: [(weight: Double, rests: [Int32], probabilities: [Float])] = []
  /// The healed logits; `nil` until the last boundary has been added.
  private(set) var logits: [Float]?

  init(_ text: ContextTokens, boundaries: ClosedRange<Int>, healer: TokenHealer) {
    self.text = text
    self.boundaries = boundaries
    self.healer = healer
  }

  /// Adds the logits at the next boundary; ignores those at any other.
  ///
  /// - Throws: `BackendError` where logits at an earlier boundary are not a distribution over the vocabulary.
  mutating func add(_ row: LogitRow, at boundary: Int) throws {
    guard boundaries.contains(boundary) else { return }
    guard boundary < boundaries.upperBound else {
      logits = healed(row)
      parts = []
      return
    }
    let count = boundaries.upperBound - boundary
    guard row.logits.count == healer.vocabulary.count else {
      throw healer.unusable(
        "are \(row.logits.count) for \(healer.vocabulary.count) tokens", tokensBeforeEnd: count)
    }
    do {
      _ = try row.logSum()
    } catch {
      throw healer.unusable("are no distribution (\(error))", tokensBeforeEnd: count)
    }
    if boundary < text.chosenStart {
      let (tokens, rests) = healer.extensions(of: text.tokens[boundary..<boundaries.upperBound])
      if !tokens.isEmpty { parts.append((weight, rests, try row.probabilities(of: tokens))) }
    }
    weight *= try row.probability(of: text.tokens[boundary])
  }

  /// The sum as logits, computed from those after the whole text, of which it changes few.
  private func healed(_ row: LogitRow) -> [Float] {
    let last = row.logits
    guard !parts.isEmpty, last.count == healer.vocabulary.count, let logSum = try? row.logSum() else { return last }
    var added = [Double](repeating: 0, count: last.count)
    var total = weight
    for part in parts {
      for (rest, probability) in zip(part.rests, part.probabilities) where rest >= 0 {
        let share = part.weight * Double(probability)
        added[Int(rest)] += share
        total += share
      }
    }
    // All continuations have vanished in rounding: the model's own answer is the best available.
    guard total > 0 else { return last }
    let logTotal = ElementaryFunctions.log(total)
    var logits = last.shifted(by: Float(ElementaryFunctions.log(weight) - Double(logSum) - logTotal))
    for rest in parts.lazy.flatMap(\.rests) where rest >= 0 && added[Int(rest)] > 0 {
      let token = Int(rest)
      let own = weight * ElementaryFunctions.exp(Double(last[token]) - Double(logSum))
      logits[token] = Float(ElementaryFunctions.log(own + added[token]) - logTotal)
      added[token] = 0
    }
    return logits
  }
}
