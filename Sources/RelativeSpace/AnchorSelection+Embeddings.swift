internal import LinearAlgebra

/// Selections that compare embeddings. They use the embedding side that the alignment uses, and the mean of the
/// members' cosines; the order of the members does not change the result. Tokens without a direction in some member
/// (zeros, NaN) come last.
extension AnchorSelection {
  /// Selects at most `count` shared tokens that lie far apart: each is the one whose nearest selected token is least
  /// similar to it (greedy k-centre, doi:10.1016/0304-3975(85)90224-5).
  ///
  /// A smaller count selects a prefix of a larger one. The selection covers the whole space, outliers included.
  ///
  /// - Parameters:
  ///   - count: The maximum number of anchors.
  ///   - seed: The seed that draws the first token.
  /// - Complexity: For S shared tokens and embeddings of Σd elements in all members: O(S·count·Σd) time at worst,
  ///   usually a small part of it, and 4·S·Σd bytes.
  public static func farthest(_ count: Int, seed: UInt64 = 1) -> AnchorSelection {
    compared(count) { joint, candidates in
      var random = SplitMix64(seed: seed)
      let first = Int.random(in: 0..<joint.rows.rows, using: &random)
      return try FarthestPoints.choose(count, of: joint.rows, from: first, progress: candidates.report)
    }.named("farthest", count: count, seed: seed)
  }

  /// Selects at most `count` shared tokens, one from each cluster that k-means finds: the one nearest to the cluster's
  /// centre (doi:10.1023/A:1007612920971, with initial centres that are drawn far apart).
  ///
  /// It covers the space in proportion to the density of the tokens.
  ///
  /// - Parameters:
  ///   - count: The maximum number of anchors.
  ///   - seed: The seed of the random numbers.
  ///   - iterations: The maximum number of iterations.
  /// - Complexity: For S shared tokens and embeddings of Σd elements in all members: O(S·count·Σd·iterations) time in
  ///   products of blocks, and 4·(S + 2·count)·Σd bytes.
  public static func kMeans(_ count: Int, seed: UInt64 = 1, iterations: Int = 10) -> AnchorSelection {
    let selection = compared(count) { joint, candidates in
      guard iterations > 0 else {
        throw RelativeSpaceError(
          .invalidOption, "k-means cannot have \(iterations) rounds",
          remedy: "Use at least one; ten are usually enough.")
      }
      return try SphericalKMeans.choose(
        count, of: joint.rows, seed: seed, iterations: iterations, progress: candidates.report)
    }
    return iterations == 10 ? selection.named("kmeans", count: count, seed: seed) : selection
  }

  /// Selects at most `count` shared tokens on which the members agree best: those whose cosines with a sample of other
  /// shared tokens correlate most between the members.
  ///
  /// The measure is Pearson's correlation of rows from which each reference token's mean has been subtracted, averaged
  /// over all pairs of members.
  ///
  /// - Parameters:
  ///   - count: The maximum number of anchors.
  ///   - references: The size of the sample; all shared tokens where there are fewer.
  ///   - seed: The seed that draws the sample.
  /// - Throws: When used, ``RelativeSpaceError`` where there are fewer than two members or four shared tokens.
  /// - Complexity: O(S·references·d) time for each member, in products of blocks; 4·S·references bytes for each member
  ///   and 4·S·d for one.
  public static func mostConsistent(_ count: Int, references: Int = 512, seed: UInt64 = 1) -> AnchorSelection {
    let selection = reading { candidates in
      try check(count)
      guard candidates.memberCount > 1, candidates.shared.count > 3, references > 2 else {
        throw RelativeSpaceError(
          .invalidOption,
          "\(candidates.memberCount) members, \(candidates.shared.count) shared tokens and \(references) references "
            + "show no agreement",
          remedy: "Compare two members or more on at least four shared tokens and three references.")
      }
      var random = SplitMix64(seed: seed)
      let sample = candidates.shared.indices.shuffled(using: &random).prefix(references)
      let agreement = try NeighbourhoodAgreement.measure(candidates, references: Array(sample))
        .map { $0 ?? -.infinity }
      let order = agreement.indices.sorted { (agreement[$1], $0) < (agreement[$0], $1) }
      return Array(order.prefix(count))
    }
    return references == 512 ? selection.named("consistent", count: count, seed: seed) : selection
  }

  /// A selection among the rows that have a direction, with the others last.
  private static func compared(
    _ count: Int, _ choose: @escaping @Sendable (JointDirections, AnchorCandidates) throws -> [Int]
  ) -> AnchorSelection {
    reading { candidates in
      try check(count)
      let joint = try JointDirections(candidates)
      let chosen = joint.indices.isEmpty ? [] : try choose(joint, candidates)
      return joint.indices(ofRows: chosen, count: count)
    }
  }
}
