import DeePEn
import Foundation
import LinearAlgebra

extension Doctor {
  /// Examines each member's relative space on its own, so that one without embeddings does not hide the others'.
  static func relativeSpaces(
    of members: [Member], rule: CosineAlignmentRule, rowCount: Int, sharedByAll: Int, matrixBytes: Int, limit: Int
  ) -> [Diagnosis.Finding<Diagnosis.RelativeFindings>] {
    guard sharedByAll > 0 else { return members.map { _ in .unknown("the members share no token") } }
    guard matrixBytes <= limit else {
      return members.map { _ in .unknown("the matrices would take \(matrixBytes) bytes, more than \(limit)") }
    }
    return members.indices.map { index in
      finding {
        let anchors = try Anchors(
          shared: members.map(\.backend.vocabulary), includesEndOfGeneration: rule.includesEndOfGeneration)
        let ids = anchors.ids(ofMember: index)
        let alignment = try CosineAlignment(
          embeddings: try members[index].embeddingTable(rule.side),
          vocabularyCount: members[index].backend.vocabulary.count, anchorIDs: ids, options: rule.options)
        return try findings(on: alignment, anchorIDs: ids, rowCount: rowCount)
      }
    }
  }

  /// Samples anchors, projects distributions that are peaked on them to the relative space, and searches them again.
  private static func findings(
    on alignment: CosineAlignment, anchorIDs: [TokenID], rowCount: Int
  ) throws -> Diagnosis.RelativeFindings {
    var random = SplitMix64(seed: 1)
    let sample = Array(anchorIDs.indices.shuffled(using: &random).prefix(max(1, rowCount)))
    var (mass, spread, error, kept) = (0.0, 0.0, 0.0, 0)
    var time = Duration.zero
    let clock = ContinuousClock()
    for column in sample {
      let row = Array(alignment.matrix.row(anchorIDs[column]))
      mass += Double(row[column])
      let entropy = row.reduce(0.0) { $1 > 0 ? $0 - Double($1) * log(Double($1)) : $0 }
      spread += exp(entropy)
    }
    // A search costs several passes, so fewer searches are run.
    let searched = sample.prefix(16)
    for column in searched {
      let peak = anchorIDs[column]
      var logits = [Float](repeating: 0, count: alignment.vocabularyCount)
      logits[peak] = log(9 * Float(max(1, logits.count - 1)))
      let distribution = try softmax(logits)
      let start = clock.now
      let target = alignment.project(distribution)
      _ = alignment.pullBack(target)
      time += start.duration(to: clock.now)
      // The search starts from a uniform distribution, and may move a logit far enough to reach the peak.
      let found = try AdamWSearch(rate: 1, steps: 10).search(
        from: [Float](repeating: 0, count: logits.count), toward: target, through: alignment)
      let back = try softmax(found.logits)
      error += zip(distribution, back).reduce(0) { $0 + Double(abs($1.0 - $1.1)) } / 2
      if argMax(back) == peak { kept += 1 }
    }
    let (rows, searches) = (Double(sample.count), Double(searched.count))
    return Diagnosis.RelativeFindings(
      anchorCount: anchorIDs.count, ownMass: mass / rows, effectiveAnchors: spread / rows,
      roundTripError: error / searches, roundTripTopKept: Double(kept) / searches,
      secondsPerPass: time / .seconds(1) / searches)
  }
}
