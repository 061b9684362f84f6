package import Fusion
internal import LinearAlgebra
package import ModelBackends

/// Combines the members' distributions over the main model's likeliest tokens, which assistants score as bytes
/// (``RescoringRule``).
package struct RescoringFusion: TokenFusion {
  /// The members' tokens; the main model's first.
  package let vocabularies: [Vocabulary]
  /// The number of the main model's likeliest tokens that are scored.
  package let candidates: Int
  /// The combination of the members' distributions over the candidates.
  package let combination: any FusionRule

  /// Creates the rule.
  ///
  /// - Precondition: At least one candidate.
  /// - Throws: `FusionError` where there is no vocabulary.
  package init(
    vocabularies: [Vocabulary], candidates: Int = 20, combination: any FusionRule = MeanFusion()
  ) throws {
    guard !vocabularies.isEmpty else {
      throw FusionError(.noMembers, "There are no vocabularies", remedy: "Give one for each member.")
    }
    precondition(candidates > 0, "\(candidates) candidates cannot be scored.")
    self.vocabularies = vocabularies
    self.candidates = candidates
    self.combination = combination
  }

  /// Fuses the members' logits, and asks the assistants through the step.
  ///
  /// The weights of those that take part are divided by their sum. Where no assistant with a weight takes part, or
  /// there are fewer than two candidates, the result is the main model's own logits.
  ///
  /// - Throws: ``EnsembleError`` where a required assistant cannot be asked, `FusionError` where the numbers of members
  ///   and vocabularies differ.
  package func fuse(_ step: Step) async throws -> FusedLogits {
    try FusionError.check(step, memberCount: vocabularies.count)
    let main = step.main
    let distribution = try step.softmax(of: 0)
    let end = vocabularies[0].endOfGeneration.first
    let tokens = topK(candidates, of: main).filter { distribution[$0] > 0 && ($0 == end || !bytes(of: $0).isEmpty) }
    let asked = step.counting.dropFirst()
    guard tokens.count > 1, !asked.isEmpty else {
      return FusedLogits(logits: main, weights: step.weights(ofMembers: tokens.count > 1 ? [] : asked))
    }
    let textTokens = tokens.filter { $0 != end }
    let scores =
      textTokens.isEmpty
      ? step.logits.map { $0.map { _ in [] } }
      : try await step.logProbabilities(of: textTokens.map(bytes), askingMembers: Set(asked))
    let stopping = Dictionary(uniqueKeysWithValues: textTokens.map { ($0, share(of: $0, in: distribution)) })
    let own = normalised(tokens.map { Double(distribution[$0]) })
    var opinions = [own.map { Float($0) }]
    var present: [Int] = []
    for assistant in asked {
      guard let logits = step.logits[assistant], let scores = scores[assistant] else { continue }
      let known = Dictionary(uniqueKeysWithValues: zip(textTokens, scores))
      let ending = try Logits.endProbability(of: logits, in: vocabularies[assistant])
      let opinion = tokens.map { token -> Double? in
        guard token != end else { return vocabularies[assistant].endOfGeneration.isEmpty ? nil : ending }
        return (known[token] ?? nil).map { ElementaryFunctions.exp($0) * (stopping[token] ?? 0) }
      }
      guard let completed = completed(opinion, from: own) else { continue }
      opinions.append(completed)
      present.append(assistant)
    }
    let shares = step.weights(ofMembers: present)
    guard !present.isEmpty else { return FusedLogits(logits: main, weights: shares) }
    let fused = try combination.fuse(opinions, weights: [shares[0]] + present.map { shares[$0] })
    let combined = normalised(fused.map(Double.init))
    var logits = main
    for (index, token) in tokens.enumerated() {
      logits[token] += Float(ElementaryFunctions.log(combined[index] / own[index]))
    }
    return FusedLogits(logits: logits, weights: shares)
  }

  private func bytes(of token: TokenID) -> [UInt8] { vocabularies[0].text(of: CollectionOfOne(token)) }

  /// The main model's share of stopping after a token's bytes.
  private func share(of token: TokenID, in distribution: [Float]) -> Double {
    let all = vocabularies[0].tokens(beginningWith: vocabularies[0].bytes(of: token))
    return Double(distribution[token]) / all.reduce(0) { $0 + Double(distribution[$1]) }
  }

  /// An assistant's distribution over the candidates; those that it cannot read keep the main model's share. `nil`
  /// where it rules out all that it can read.
  private func completed(_ opinion: [Double?], from own: [Double]) -> [Float]? {
    let sum = opinion.reduce(0) { $0 + ($1 ?? 0) }
    guard sum > 0 else { return nil }
    let mass = zip(opinion, own).reduce(0) { $0 + ($1.0 == nil ? 0 : $1.1) }
    return zip(opinion, own).map { Float($0.map { $0 / sum * mass } ?? $1) }
  }

  private func normalised(_ numbers: [Double]) -> [Double] {
    let sum = numbers.reduce(0, +)
    return numbers.map { $0 / sum }
  }
}
