internal import LinearAlgebra

/// The healed distribution after one text, summed up boundary by boundary (``TokenHealer``).
///
/// Of an earlier boundary only the probabilities of the tokens that go on beyond the text's end are kept, so that the
/// logits of a text can be passed on as they come.
struct HealingSum {
  let text: ContextTokens
  let boundaries: ClosedRange<Int>
  private let healer: TokenHealer
  /// The probability of the text's tokens from the first boundary up to the next one that is added.
  private var weight = 1.0
  /// For the earlier boundaries: their weight, what the tokens that go on leave, and these tokens' probabilities.
  private var parts: [(weight: Double, rests: [Int32], probabilities: [Float])] = []
  /// The healed logits; `nil` until the last boundary was added.
  private(set) var logits: [Float]?

  init(_ text: ContextTokens, boundaries: ClosedRange<Int>, healer: TokenHealer) {
    self.text = text
    self.boundaries = boundaries
    self.healer = healer
  }

  /// Adds the logits at the next boundary; others are passed over.
  ///
  /// - Throws: ``BackendError`` where logits at an earlier boundary are no distribution over the vocabulary.
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

  /// The sum as logits, given those after the whole text, of which it changes few.
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
    // Every way to go on has vanished in rounding: the model's own answer is the best there is.
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
