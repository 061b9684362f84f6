import Fusion
import InverseSearch
import LinearAlgebra
import ModelBackendTesting
import ModelBackends
import RelativeSpace
import Testing

@testable import Ensembling

@Suite struct SkippingTests {
  private func matrix(_ rows: Int, _ columns: Int, _ random: inout SplitMix64) throws -> DenseAlignment {
    var elements: [Float] = []
    for _ in 0..<rows { elements += try softmax((0..<columns).map { _ in Float.random(in: -9...9, using: &random) }) }
    return DenseAlignment(known: Matrix(rows: rows, columns: columns, known: elements))
  }

  @Test(arguments: UInt64(0)..<40) func aCertainChoiceIsTheFusedOne(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let search = AdamWSearch(
      rate: [0.01, 0.15, 0.5, 2][Int(seed % 4)], steps: [1, 5, 10, 23][Int(seed / 4 % 4)],
      weightDecay: seed % 3 == 0 ? 0.3 : 0.01)
    let count = Int.random(in: 2...12, using: &random)
    let fusion = try DeePEnFusion(
      alignments: [try matrix(count, 6, &random), try matrix(9, 6, &random)], weights: [0.3, 0.7], search: search)
    var certain = 0
    for _ in 0..<60 {
      let width = Float.random(in: 0.1...60, using: &random)
      var main = (0..<count).map { _ in Float.random(in: -width...width, using: &random) }
      if Bool.random(using: &random) { main[Int.random(in: 1..<count, using: &random)] = -.infinity }
      let assistant = (0..<9).map { _ in Float.random(in: -30...30, using: &random) }
      guard fusion.keepsMainChoice(main, with: [assistant]) else { continue }
      certain += 1
      #expect(argMax(try fusion.fuse(main, with: [assistant]).logits) == argMax(main))
    }
    // Large rates over many steps can overturn anything.
    if search.rate <= 0.15, search.steps <= 10 { #expect(certain > 0) }
  }

  /// A target that pulls one way in every step moves a logit nearly as far as the bound says.
  @Test func theBoundIsNotFarFromWhatHappens() throws {
    let alignment = DenseAlignment(known: Matrix(rows: 2, columns: 2, known: [1, 0, 0, 1]))
    let search = AdamWSearch(rate: 0.15, steps: 5, weightDecay: 0)
    let moved = try search.search(from: [0, 0], toward: [0.0001, 0.9999], through: alignment).logits
    let reach = try #require(search.reach)
    #expect(abs(Double(moved[1])) <= reach.distance)
    #expect(abs(Double(moved[1])) > 0.9 * reach.distance)
  }

  @Test func answersAreTheSameWithAndWithout() async throws {
    let tokens = ["a", "b", "c", "</s>"]
    func member(_ name: String, _ scale: Float) -> Member {
      Member(
        ScriptedBackend(
          name: name, tokens: tokens,
          embeddings: Matrix(rows: 4, columns: 4, known: (0..<16).map { $0 % 5 == 0 ? 1 : 0 })
        ) {
          context in
          let length = context.answer.count
          return [length % 3, length % 2, length % 5, length / 6].map { Float($0) * scale }
        })
    }
    let ensemble = try await Ensemble(main: member("m", 2), assistants: [member("n", -1)], rule: .published)
    func answer(_ skipping: Bool) async throws -> Response {
      try await ensemble.respond(to: "x", options: ResponseOptions(maximumTokens: 40, skipping: skipping))
    }
    let (plain, skipped) = (try await answer(false), try await answer(true))
    #expect(plain.tokens == skipped.tokens && plain.stopReason == skipped.stopReason)
    #expect(plain.statistics.skippedSteps == 0)
    #expect(skipped.statistics.skippedSteps > 0 && skipped.statistics.skippedSteps < skipped.statistics.steps)
    var seen = 0
    for try await token in ensemble.streamResponse(
      to: "x", options: ResponseOptions(maximumTokens: 40, skipping: true))
    where token.isSkipped { seen += 1 }
    #expect(seen == skipped.statistics.skippedSteps)
  }

  @Test func whatHasNoBoundIsNeverSkipped() throws {
    let alignment = DenseAlignment(known: Matrix(rows: 2, columns: 1, known: [1, 1]))
    for search: any InverseSearch in [
      EMSearch(), GradientSearch(), AdamWSearch(rate: 200), AdamWSearch(weightDecay: -1), AdamWSearch(squareDecay: 0),
    ] {
      let fusion = try DeePEnFusion(alignments: [alignment, alignment], weights: [0.5, 0.5], search: search)
      #expect(!fusion.keepsMainChoice([1000, 0], with: [[0, 0]]))
    }
  }
}
