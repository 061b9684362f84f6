package import DeePEn
import LinearAlgebra

/// The members' relative representations in one plane, and how similar the same token's rows are in different members.
package struct RelativePicture: Sendable {
  /// A token of a member.
  package struct Point: Sendable, Hashable {
    /// The member's name.
    package var member: String
    /// The token.
    package var token: TokenID
    /// Its bytes as text.
    package var text: String
    /// Whether no other member has a token with these bytes.
    package var isOwn: Bool
    /// The k-means cluster.
    package var cluster: Int
    /// The coordinate along the first principal component.
    package var x: Double
    /// The coordinate along the second one.
    package var y: Double
  }

  /// The points, member by member.
  package var points: [Point]
  /// The share of the variance along the two directions, from 0 to 1.
  package var explainedVariance: Double
  /// The mean cosine of one shared token's rows in two members; `nil` where no such pair was sampled.
  package var sameTokenCosine: Double?
  /// The mean cosine of the rows of two different shared tokens in two members, over random pairs.
  package var randomPairCosine: Double?

  /// Samples tokens and draws them.
  ///
  /// - Parameters:
  ///   - members: The members whose alignments are drawn.
  ///   - rule: The alignment.
  ///   - sampleCount: The number of shared tokens, and of each member's own tokens.
  ///   - clusterCount: The number of k-means clusters.
  ///   - seed: The random seed.
  /// - Throws: The alignment's errors.
  /// - Complexity: That of the alignment, and O(V·A) for each point where the alignment is not a dense matrix.
  package init(
    of members: [Member], rule: any AlignmentRule = CosineAlignmentRule(), sampleCount: Int = 200,
    clusterCount: Int = 8, seed: UInt64 = 1
  ) throws {
    precondition(!members.isEmpty && sampleCount > 0, "A picture shows at least one token of one member.")
    let alignments = try rule.alignments(for: members) { _ in }
    let vocabularies = members.map(\.backend.vocabulary)
    var random = SplitMix64(seed: seed)
    let everywhere = vocabularies[0].textTokens.filter { token in
      vocabularies.allSatisfy { $0.id(forBytes: vocabularies[0].bytes(of: token)) != nil }
    }
    let shared = everywhere.shuffled(using: &random).prefix(sampleCount).map { vocabularies[0].bytes(of: $0) }
    var points: [Point] = []
    var rows: [[Float]] = []
    for (index, member) in members.enumerated() {
      let vocabulary = vocabularies[index]
      let own = vocabulary.textTokens.filter { token in
        !vocabularies.indices.contains { other in
          other != index && vocabularies[other].id(forBytes: vocabulary.bytes(of: token)) != nil
        }
      }
      let common = shared.compactMap { vocabulary.id(forBytes: $0) }
      let isShared = Set(common)
      for token in common + own.shuffled(using: &random).prefix(sampleCount) {
        rows.append(relativeRow(of: token, in: alignments[index]))
        points.append(
          Point(
            member: member.name, token: token, text: String(decoding: vocabulary.bytes(of: token), as: UTF8.self),
            isOwn: !isShared.contains(token), cluster: 0, x: 0, y: 0))
      }
    }
    if !rows.isEmpty {
      let stacked = Matrix(rowsOfEqualLength: rows, columns: rows[0].count)
      let components = PrincipalComponents(of: stacked, count: 2)
      let labels = KMeans(stacked, count: clusterCount, seed: seed).labels
      for index in points.indices {
        points[index].cluster = labels[index]
        points[index].x = Double(components.coordinates[index, 0])
        points[index].y = components.coordinates.columns > 1 ? Double(components.coordinates[index, 1]) : 0
      }
      explainedVariance =
        components.totalVariance > 0 ? components.variances.reduce(0, +) / components.totalVariance : 1
    } else {
      explainedVariance = 1
    }
    self.points = points
    // Shared tokens come first among each member's points, in one order.
    let starts = members.map { member in points.firstIndex { $0.member == member.name } ?? 0 }
    func meanCosine(shift: Int) -> Double? {
      var (sum, count) = (0.0, 0)
      for one in members.indices {
        for other in members.indices where other > one && shared.count > shift {
          for token in shared.indices {
            let (a, b) = (rows[starts[one] + token], rows[starts[other] + (token + shift) % shared.count])
            let lengths = norm(a) * norm(b)
            if lengths > 0 { sum += Double(BLAS.dot(a, b) / lengths) }
            count += 1
          }
        }
      }
      return count == 0 ? nil : sum / Double(count)
    }
    sameTokenCosine = meanCosine(shift: 0)
    randomPairCosine = meanCosine(shift: 1)
  }
}

/// A row of R̂, `[anchors]`.
func relativeRow(of token: TokenID, in alignment: any TokenAlignment) -> [Float] {
  if let cosine = alignment as? CosineAlignment { return Array(cosine.matrix.row(token)) }
  if let dense = alignment as? DenseAlignment { return Array(dense.matrix.row(token)) }
  var distribution = [Float](repeating: 0, count: alignment.vocabularyCount)
  distribution[token] = 1
  return alignment.project(distribution)
}
