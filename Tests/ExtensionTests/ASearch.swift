import DeePEn
import Foundation
import LinearAlgebra
import Synchronization
import Testing

/// A search in one file: exponentiated gradient steps p ← p·exp(−η·∂KL(r̄ ‖ p·R̂)/∂p), normalised.
///
/// It takes the softmax and the projection that the rule has computed anyway, as the package's own searches do: T steps
/// take 2·T passes over the matrix.
struct ExponentiatedGradient: InverseSearch {
  var rate: Float = 0.5
  var steps = 3

  var name: String { "exponentiated gradient, η \(rate), T \(steps)" }

  func validate() throws {
    guard rate.isFinite, rate >= 0, steps >= 0 else {
      throw InverseSearchError(.invalidOption, "A rate of \(rate) cannot be used", remedy: "Use 0 or more.")
    }
  }

  func search(_ start: SearchStart) throws -> SearchResult {
    try validate()
    guard rate > 0, steps > 0 else {
      return SearchResult(
        logits: start.logits, losses: [try start.loss()], probabilities: start.probabilities)
    }
    var (logits, probabilities) = (start.logits, start.probabilities)
    var losses: [Float] = []
    for step in 0..<steps {
      try Task.checkCancellation()
      let divergence = step == 0 ? try start.divergence() : start.divergence(of: probabilities)
      losses.append(divergence.loss)
      for token in logits.indices { logits[token] -= rate * divergence.gradient[token] }
      probabilities = try softmax(logits)
    }
    losses.append(start.loss(of: probabilities))
    return SearchResult(logits: logits, losses: losses, probabilities: probabilities)
  }
}

/// An alignment that counts the passes over a matrix.
private final class CountingAlignment: TokenAlignment {
  let base: DenseAlignment
  let projections = Atomic(0)
  let pullBacks = Atomic(0)

  init(_ base: DenseAlignment) { self.base = base }

  var vocabularyCount: Int { base.vocabularyCount }
  var anchorCount: Int { base.anchorCount }

  func project(_ distribution: [Float]) -> [Float] {
    projections.add(1, ordering: .relaxed)
    return base.project(distribution)
  }

  func pullBack(_ anchorValues: [Float]) -> [Float] {
    pullBacks.add(1, ordering: .relaxed)
    return base.pullBack(anchorValues)
  }
}

@Suite("A custom search") struct SearchTests {
  private func alignment(_ tokens: Int, _ anchors: Int, _ random: inout SplitMix64) throws -> CountingAlignment {
    let rows = try (0..<tokens).flatMap { _ in
      try softmax((0..<anchors).map { _ in Float.random(in: -3...3, using: &random) })
    }
    return CountingAlignment(
      try DenseAlignment(matrix: Matrix(rows: tokens, columns: anchors, elements: rows)))
  }

  @Test(arguments: [2, 3], [1, 2, 5]) func itGoesThroughMatricesAsOftenAsTheBundledOnes(members: Int, steps: Int) throws
  {
    var random = SplitMix64(seed: UInt64(10 * members + steps))
    let sizes = (0..<members).map { 20 + $0 }
    let logits = sizes.map { size in (0..<size).map { _ in Float.random(in: -4...4, using: &random) } }
    var counts: [[Int]] = []
    for search in [ExponentiatedGradient(steps: steps), AdamWSearch(steps: steps)] as [any InverseSearch] {
      let alignments = try sizes.map { try alignment($0, 12, &random) }
      let fusion = try DeePEnFusion(alignments: alignments, search: search)
      let fused = try fusion.fuse(Step(logits: logits))
      #expect(fused.losses.count == steps + 1)
      counts.append([
        alignments.reduce(0) { $0 + $1.projections.load(ordering: .relaxed) },
        alignments.reduce(0) { $0 + $1.pullBacks.load(ordering: .relaxed) },
      ])
    }
    // One projection for each member, and for each step a pull-back and the projection of its result.
    #expect(counts == [[members + steps, steps], [members + steps, steps]])
  }

  @Test func itLowersTheLossAndKeepsWhatIsImpossible() throws {
    var random = SplitMix64(seed: 3)
    let alignment = try alignment(10, 6, &random)
    var logits = (0..<10).map { _ in Float.random(in: -2...2, using: &random) }
    logits[4] = -.infinity
    let target = alignment.project(try softmax((0..<10).map { _ in Float.random(in: -2...2, using: &random) }))
    let found = try ExponentiatedGradient().search(from: logits, toward: target, through: alignment)
    #expect(zip(found.losses, found.losses.dropFirst()).allSatisfy { $0 > $1 })
    #expect(found.logits[4] == -.infinity)
    let still = try ExponentiatedGradient(rate: 0).search(from: logits, toward: target, through: alignment)
    #expect(still.logits == logits)
  }

  @Test func itWorksInAnEnsemble() async throws {
    var models = Models(seed: 5)
    let members = try models.members()
    let ensemble = try await Ensemble(
      main: members[0], assistants: Array(members.dropFirst()), rule: .deepen(search: ExponentiatedGradient()))
    let losses = try await ensemble.elements().compactMap { $0.candidates?.losses }
    #expect(!losses.isEmpty && losses.allSatisfy { $0.count == 4 && $0[3] < $0[0] })
    await #expect(throws: InverseSearchError.self) {
      try await Ensemble(
        main: members[0], assistants: [members[1]], rule: .deepen(search: ExponentiatedGradient(rate: -1)))
    }
  }
}
