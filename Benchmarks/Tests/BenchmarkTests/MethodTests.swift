import DeePEn
import LinearAlgebra
import Testing

@testable import BenchmarkKit

@Suite("Methods of fusing, and figures") struct MethodTests {
  @Test("Single rows are those of the whole matrix")
  func exactRows() throws {
    // More anchors than one block has.
    let layout = TokenLayout(vocabularyCount: 1500, sharedCount: 1100)
    let table = SyntheticEmbeddings(layout, member: 0, dimension: 24, shape: .anisotropic, seed: 3)
    let whole = try CosineAlignment(
      embeddings: table, vocabularyCount: layout.vocabularyCount, anchorIDs: layout.sharedTokens)
    let tokens = [1499, 0, 700, 3]
    let rows = try ExactRows.rows(of: tokens, embeddings: table, anchorIDs: layout.sharedTokens)
    for (index, token) in tokens.enumerated() {
      for (one, other) in zip(rows.row(index), whole.matrix.row(token)) { #expect(abs(one - other) < 1e-6) }
    }
  }

  @Test("The package's products are those of the matrix library")
  func products() throws {
    let matrix = try StochasticMatrix.make(rows: 45, columns: 37, seed: 5, threads: 1)
    let (dense, blas) = (try DenseAlignment(matrix: matrix), BLASAlignment(matrix: matrix))
    let distribution = (0..<45).map { Float($0) / 990 }
    let values = (0..<37).map { Float($0) - 18 }
    for (one, other) in zip(dense.project(distribution), blas.project(distribution)) {
      #expect(abs(one - other) < 1e-5)
    }
    for (one, other) in zip(dense.pullBack(values), blas.pullBack(values)) { #expect(abs(one - other) < 1e-4) }
  }

  @Test("A published step makes a pass for each projection and each pull-back")
  func passes() throws {
    let counter = PassCounter()
    let matrix = try StochasticMatrix.make(rows: 20, columns: 10, seed: 1, threads: 1)
    let counting = CountingAlignment(base: try DenseAlignment(matrix: matrix), counter: counter)
    let logits = (0..<20).map { Float($0 % 7) }
    _ = counting.project(try softmax(logits))
    _ = counting.pullBack([Float](repeating: 1, count: 10))
    #expect(counter.count == 2)
    let before = counter.count
    _ = try DeePEnFusion(alignments: [counting, counting], search: AdamWSearch(steps: 3))
      .fuse(Step(logits: [logits, logits]))
    #expect(counter.count - before == 2 + 2 * 3)
  }

  @Test("Parallel steps equal the steps one by one, whatever each of them does")
  func sideBySide() throws {
    let matrices = try [(30, UInt64(1)), (20, 2)].map {
      try StochasticMatrix.make(rows: $0, columns: 10, seed: $1, threads: 1)
    }
    let steps = (0..<9).map { step in matrices.map { matrix in (0..<matrix.rows).map { Float(($0 * 7 + step) % 5) } } }
    @Sendable func fuse(_ alignments: [any TokenAlignment], _ step: Int) throws -> [Float] {
      try DeePEnFusion(
        alignments: alignments, search: AdamWSearch(steps: step % 3), precision: .exact
      ).fuse(Step(logits: steps[step])).logits
    }
    let together = try SideBySideSteps.map(matrices, count: steps.count, fuse)
    for step in steps.indices {
      let alone = try fuse(matrices.map { try DenseAlignment(matrix: $0) }, step)
      for (one, other) in zip(together[step], alone) { #expect(abs(one - other) < 1e-5) }
    }
    #expect(throws: InverseSearchError.self) {
      try SideBySideSteps.map(matrices, count: 2) { alignments, step in
        step == 0
          ? try fuse(alignments, 1)
          : try AdamWSearch(rate: -1).search(
            from: steps[0][0], toward: [Float](repeating: 0.1, count: 10), through: alignments[0]
          ).logits
      }
    }
  }

  @Test("Quantiles lie between neighbours, and ratios are taken round by round")
  func samples() {
    let samples = Samples("a", [4, 1, 3, 2])
    #expect(samples.median == 2.5 && samples.quantile(0) == 1 && samples.quantile(1) == 4)
    #expect(abs(samples.quantile(0.05) - 1.15) < 1e-12)
    #expect(Samples("b", []).median.isNaN)
    #expect(samples.ratio(to: Samples("c", [2, 1, 6, 4])).values == [2, 1, 0.5, 0.5])
  }

  @Test("Contestants take turns in going first, and the first round is not counted")
  func rounds() async throws {
    var order: [String] = []
    let samples = try await Rounds.measure(
      ["a", "b"].map { name in Rounds.Contestant(name) { order.append("\(name)\($0)") } }, rounds: 2)
    #expect(order == ["a0", "b0", "a0", "b0", "b1", "a1"])
    #expect(samples.map(\.name) == ["a", "b"] && samples.allSatisfy { $0.values.count == 2 })
  }

  @Test(
    "Figures have significant digits", arguments: [(0, "0"), (1236.4, "1236"), (0.01234, "0.0123"), (-2.5, "-2.50")])
  func figures(value: Double, text: String) {
    #expect(Figure.number(value) == text)
    #expect(Figure.number(.nan) == "–")
  }

  @Test("Unknown methods are refused, with a list of the known ones")
  func unknown() {
    let error = #expect(throws: BenchmarkError.self) { try StepMethod.named("sparse") }
    #expect(error?.description.contains("dense, factored, support, prefix") == true)
  }
}
