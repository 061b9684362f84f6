package import Ensembling
internal import Fusion
internal import LinearAlgebra
package import ModelBackends

/// The mean over the union of each member's k likeliest tokens, as ``UniTERule`` describes.
package struct UniTEFusion: TokenFusion {
  private enum Meaning: Hashable {
    case text([UInt8])
    case end
  }

  /// The distribution of a member with a weight.
  private struct Opinion {
    var member: Int
    var weight: Double
    var distribution: [Float]
  }

  /// k, the number of each member's likeliest tokens in the union.
  package let topK: Int
  private let vocabularies: [Vocabulary]
  private let firstTokens: [FirstTokens]

  /// Creates the rule.
  ///
  /// - Precondition: `topK` is above zero.
  package init(backends: [any ModelBackend], topK: Int = 10) {
    precondition(topK > 0, "A union of \(topK) tokens is none.")
    self.topK = topK
    vocabularies = backends.map(\.vocabulary)
    firstTokens = backends.map(FirstTokens.init)
  }

  /// Averages the members' scores over the union.
  ///
  /// - Complexity: O(V) for each member and O(members²·k) lookups.
  package func fuse(_ step: Step) throws -> FusedLogits {
    try FusionError.check(step, memberCount: vocabularies.count)
    guard step.counting != [0] else { return step.mainAlone }
    let members = try step.counting.filter { step.weights[$0] > 0 }.map { member in
      Opinion(member: member, weight: Double(step.weights[member]), distribution: try step.softmax(of: member))
    }
    let union = Set(members.flatMap(likeliest))
    guard let scores = scores(of: Array(union), by: members) else { return step.mainAlone }
    return FusedLogits(logits: share(scores, of: try step.softmax(of: 0)), weights: step.weights)
  }

  /// The meanings of a member's likeliest tokens.
  private func likeliest(of opinion: Opinion) -> [Meaning] {
    LinearAlgebra.topK(topK, of: opinion.distribution).compactMap { token in
      guard opinion.distribution[token] > 0 else { return nil }
      let vocabulary = vocabularies[opinion.member]
      if vocabulary.isEndOfGeneration(token) { return .end }
      guard vocabulary.kind(of: token).isText, !vocabulary.bytes(of: token).isEmpty else { return nil }
      return .text(Array(vocabulary.bytes(of: token)))
    }
  }

  /// The main model's tokens that represent the union, with their mean scores; `nil` where there are none.
  private func scores(of union: [Meaning], by members: [Opinion]) -> [TokenID: Double]? {
    let written = union.map { token(for: $0, member: 0) }
    let kept = union.indices.filter { written[$0] != nil }
    var scores: [TokenID: Double] = [:]
    var total = 0.0
    for opinion in members {
      let own = kept.map { index in
        token(for: union[index], member: opinion.member).map { Double(opinion.distribution[$0]) } ?? 0
      }
      let sum = own.reduce(0, +)
      guard sum > 0 else { continue }
      for (index, score) in zip(kept, own) {
        guard let token = written[index] else { continue }
        scores[token, default: 0] += opinion.weight * score / sum
      }
      total += opinion.weight
    }
    return total > 0 ? scores.mapValues { $0 / total } : nil
  }

  /// Distributes the main model's probability of the union's tokens by the scores.
  private func share(_ scores: [TokenID: Double], of own: [Float]) -> [Float] {
    let covered = scores.keys.reduce(0) { $0 + Double(own[$1]) }
    let best = (scores.values.max() ?? 0) * covered
    let outside = own.indices.lazy.filter { scores[$0] == nil }.map { Double(own[$0]) }.max() ?? 0
    // Where the main model gives the union no probability at all, the union gets everything.
    guard best > 0 else {
      return own.indices.map { scores[$0].map { Float(ElementaryFunctions.log($0)) } ?? -.infinity }
    }
    let shrink = outside >= best ? best / outside * 0.999 : 1
    return own.indices.map { token in
      let probability = scores[token].map { $0 * covered } ?? Double(own[token]) * shrink
      return Float(ElementaryFunctions.log(probability))
    }
  }

  private func token(for meaning: Meaning, member: Int) -> TokenID? {
    switch meaning {
    case .end: vocabularies[member].endOfGeneration.first
    case .text(let bytes): firstTokens[member].token(for: bytes)
    }
  }
}
