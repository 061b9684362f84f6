internal import LinearAlgebra
internal import ModelBackends

/// The logits after one token, with the quantities that several prefixes of a text need, each computed once.
final class LogitRow {
  /// The model's logits, `[vocabulary]`.
  let logits: [Float]
  private var normaliser: Float?
  private var probabilities: [Float]?

  init(_ logits: [Float]) {
    self.logits = logits
  }

  /// log Σ exp of the logits.
  ///
  /// - Throws: `LinearAlgebraError` where the logits are not a distribution.
  func logSum() throws -> Float {
    if let normaliser { return normaliser }
    let sum = try logSumExp(logits)
    normaliser = sum
    return sum
  }

  /// The probability of one token.
  func probability(of token: TokenID) throws -> Double {
    ElementaryFunctions.exp(Double(logits[token]) - Double(try logSum()))
  }

  /// The probabilities of some tokens, in their order.
  func probabilities(of tokens: ArraySlice<TokenID>) throws -> [Float] {
    // Exponentials of a whole row, computed together, cost as much as those of a small part of it, one at a time.
    guard probabilities == nil, tokens.count < logits.count / 32 else {
      let all = try probabilities ?? softmax(logits)
      probabilities = all
      return tokens.map { all[$0] }
    }
    let sum = try logSum()
    return tokens.map { ElementaryFunctions.exp(logits[$0] - sum) }
  }
}
