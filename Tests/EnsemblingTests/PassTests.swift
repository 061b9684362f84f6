import Ensembling
import Fusion
import InverseSearch
import LinearAlgebra
import RelativeSpace
import Synchronization
import Testing

/// The number of passes of a step over the members' matrices: nothing else takes time with large ones.
struct PassTests {
  /// Counts the passes over a matrix.
  private final class CountedAlignment: TokenAlignment {
    let base: DenseAlignment
    let passes = Atomic(0)

    init(_ matrix: Matrix) { base = DenseAlignment(known: matrix) }

    var vocabularyCount: Int { base.vocabularyCount }

    var anchorCount: Int { base.anchorCount }

    func project(_ distribution: [Float]) -> [Float] {
      passes.add(1, ordering: .relaxed)
      return base.project(distribution)
    }

    func pullBack(_ anchorValues: [Float]) -> [Float] {
      passes.add(1, ordering: .relaxed)
      return base.pullBack(anchorValues)
    }
  }

  /// A search that is given nothing but logits.
  private struct Uninformed: InverseSearch {
    var search: any InverseSearch

    func search(_ start: SearchStart) throws -> SearchResult {
      try search.search(from: start.logits, toward: start.target, through: start.alignment)
    }
  }

  private func matrix(_ rows: Int, _ columns: Int, _ random: inout SplitMix64) throws -> Matrix {
    let elements = try (0..<rows).flatMap { _ in
      try softmax((0..<columns).map { _ in Float.random(in: -3...3, using: &random) })
    }
    return Matrix(rows: rows, columns: columns, known: elements)
  }

  @Test(arguments: [2, 3, 4], [1, 2, 5]) func aStepProjectsEachMemberOnce(members: Int, steps: Int) throws {
    var random = SplitMix64(seed: UInt64(members * 100 + steps))
    let matrices = try (0..<members).map { try matrix(30 + $0, 20, &random) }
    let logits = matrices.map { matrix in (0..<matrix.rows).map { _ in Float.random(in: -4...4, using: &random) } }
    for search: any InverseSearch in [
      AdamWSearch(steps: steps), GradientSearch(steps: steps), EMSearch(steps: steps, exponent: 0.5),
    ] {
      func fuse(_ search: any InverseSearch) throws -> (fused: FusedLogits, passes: Int) {
        let alignments = matrices.map(CountedAlignment.init)
        let fused = try DeePEnFusion(alignments: alignments, search: search).fuse(Step(logits: logits))
        return (fused, alignments.reduce(0) { $0 + $1.passes.load(ordering: .relaxed) })
      }
      let (informed, uninformed) = (try fuse(search), try fuse(Uninformed(search: search)))
      let finalPullBack = search is GradientSearch ? 1 : 0  // Its last divergence has a gradient too.
      #expect(informed.passes == members + 2 * steps + finalPullBack)
      #expect(uninformed.passes == informed.passes + 1)
      #expect(informed.fused.logits.map(\.bitPattern) == uninformed.fused.logits.map(\.bitPattern))
      #expect(informed.fused.losses == uninformed.fused.losses)
    }
  }
}
