import DeePEn
import Synchronization

/// Counts the passes over some alignments, so that times can be divided by the actual number of passes.
final class PassCounter: Sendable {
  private let passes = Atomic<Int>(0)

  var count: Int { passes.load(ordering: .relaxed) }

  func add() { passes.add(1, ordering: .relaxed) }

  func reset() { passes.store(0, ordering: .relaxed) }
}

/// An alignment that counts its uses.
struct CountingAlignment: TokenAlignment {
  let base: any TokenAlignment
  let counter: PassCounter

  var vocabularyCount: Int { base.vocabularyCount }

  var anchorCount: Int { base.anchorCount }

  func project(_ distribution: [Float]) -> [Float] {
    counter.add()
    return base.project(distribution)
  }

  func pullBack(_ anchorValues: [Float]) -> [Float] {
    counter.add()
    return base.pullBack(anchorValues)
  }
}
