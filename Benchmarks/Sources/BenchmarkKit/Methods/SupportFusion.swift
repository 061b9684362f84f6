public import DeePEn
import LinearAlgebra

/// The published rule on the likeliest tokens only, with their rows of R̂ computed for each step: exact for these
/// tokens, in bounded memory, and slow. The probability of the other tokens is left out.
public struct SupportFusion: TokenFusion {
  private let embeddings: [any EmbeddingTable]
  private let anchorIDs: [[Int]]
  private let kept: Int
  private let search: AdamWSearch

  /// Creates the rule.
  ///
  /// - Parameters:
  ///   - embeddings: Each member's token vectors; the main model's first.
  ///   - anchorIDs: The anchors' identifiers in each member's vocabulary.
  ///   - kept: The number of each member's likeliest tokens that count.
  ///   - search: The search of the published code.
  public init(embeddings: [any EmbeddingTable], anchorIDs: [[Int]], kept: Int, search: AdamWSearch) {
    self.embeddings = embeddings
    self.anchorIDs = anchorIDs
    self.kept = kept
    self.search = search
  }

  /// The rule on the rows of one step, and the members' logits with all other tokens left out.
  func step(_ logits: [[Float]]) throws -> (fusion: DeePEnFusion, logits: [[Float]]) {
    var alignments: [any TokenAlignment] = []
    var kept: [[Float]] = []
    for member in logits.indices {
      let tokens = topK(self.kept, of: logits[member])
      let rows = try ExactRows.rows(of: tokens, embeddings: embeddings[member], anchorIDs: anchorIDs[member])
      alignments.append(SupportAlignment(vocabularyCount: logits[member].count, tokens: tokens, rows: rows))
      var remaining = [Float](repeating: -.infinity, count: logits[member].count)
      for token in tokens { remaining[token] = logits[member][token] }
      kept.append(remaining)
    }
    return (try DeePEnFusion(alignments: alignments, search: search), kept)
  }

  /// Fuses the members' logits; the tokens that are not kept have the logit −∞ afterwards.
  public func fuse(_ step: Step) throws -> FusedLogits {
    let (fusion, kept) = try self.step(step.logits.map { $0 ?? [] })
    return try fusion.fuse(Step(logits: kept, weights: step.weights))
  }
}

/// The rows of R̂ of some tokens; the others have none, and must have no probability.
struct SupportAlignment: TokenAlignment {
  let vocabularyCount: Int
  let tokens: [Int]
  /// `[tokens × A]`
  let rows: Matrix

  var anchorCount: Int { rows.columns }

  func project(_ distribution: [Float]) -> [Float] { BLAS.multiply(tokens.map { distribution[$0] }, rows) }

  func pullBack(_ anchorValues: [Float]) -> [Float] {
    var result = [Float](repeating: 0, count: vocabularyCount)
    for (token, value) in zip(tokens, BLAS.multiply(rows, anchorValues)) { result[token] = value }
    return result
  }
}
