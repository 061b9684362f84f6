import DeePEn
import Testing

@testable import BenchmarkKit

/// `streamed` against the published rule with whole matrices.
@Suite("The streamed reference") struct ReferenceTests {
  private static let steps = 40

  /// The inputs of an ensemble, and its steps.
  private func ensemble(
    _ vocabularyCounts: [Int], shape: SyntheticEmbeddings.Shape, kept: Int
  ) throws -> (inputs: StepInputs, steps: [[[Float]]]) {
    let layouts = vocabularyCounts.map { TokenLayout(vocabularyCount: $0, sharedCount: 600) }
    let embeddings = layouts.enumerated().map {
      SyntheticEmbeddings($1, member: $0, dimension: 24 + 8 * $0, shape: shape, seed: 4)
    }
    let stream = LogitStream(layouts, seed: 9)
    return (
      StepInputs(layouts: layouts, embeddings: embeddings, steps: 5, kept: kept, cache: nil),
      try (0..<Self.steps).map { try stream.logits(atStep: $0) }
    )
  }

  /// Compares the published rule with the reference, whose limits are so low that steps and rows are computed in
  /// several parts.
  private func agreement(_ inputs: StepInputs, _ steps: [[[Float]]]) async throws -> Agreement {
    let limits = StreamedReference.Limits(steps: 17, blockElements: 600 * 70, recurringElements: 600 * 50)
    return try await Agreement.measure(
      [StepMethod.named("dense").make(inputs)], against: StreamedReference(inputs, limits: limits), steps: steps)[0]
  }

  @Test(
    "With every token's row it equals the published rule",
    arguments: [([900, 700], .orthogonal), ([700, 900, 650], .anisotropic)]
      as [([Int], SyntheticEmbeddings.Shape)])
  func whole(vocabularyCounts: [Int], shape: SyntheticEmbeddings.Shape) async throws {
    let (inputs, steps) = try ensemble(vocabularyCounts, shape: shape, kept: vocabularyCounts[0])
    let agreement = try await agreement(inputs, steps)
    #expect(agreement.sameChoice == 1)
    #expect(agreement.anchors.values.count == Self.steps && agreement.tokens.values.count == Self.steps)
    #expect(agreement.anchors.quantile(1) < 1e-5, "\(agreement.anchors.quantile(1))")
    #expect(agreement.tokens.quantile(1) < 1e-4, "\(agreement.tokens.quantile(1))")
  }

  @Test("Fewer rows do not change the relative distribution, and hardly the search")
  func fewer() async throws {
    let (inputs, steps) = try ensemble([900, 700], shape: .orthogonal, kept: 100)
    let agreement = try await agreement(inputs, steps)
    #expect(agreement.sameChoice >= 0.95)
    #expect(agreement.anchors.quantile(1) < 1e-5, "\(agreement.anchors.quantile(1))")
    #expect(agreement.tokens.median < 1e-3, "\(agreement.tokens.median)")
  }

  @Test("Tokens without rows of their own share one that leaves their sum as it is")
  func meanRow() throws {
    let matrix = try StochasticMatrix.make(rows: 12, columns: 7, seed: 3, threads: 1)
    let whole = try DenseAlignment(matrix: matrix)
    let distribution = (0..<12).map { Float($0 + 1) / 78 }
    let relative = whole.project(distribution)
    let tokens = [10, 2, 7]
    let rows = try Matrix(rows: 3, columns: 7, elements: tokens.flatMap { Array(matrix.row($0)) })
    let alignment = MeanRowAlignment(tokens: tokens, rows: rows, distribution: distribution, relative: relative)
    for (one, other) in zip(alignment.project(distribution), relative) { #expect(abs(one - other) < 1e-6) }
    // The pull-back is the transpose, and exact for the tokens with rows.
    let values = (0..<7).map { Float($0 * $0) - 9 }
    let other = (0..<12).map { Float(($0 * 5) % 12) / 66 }
    let back = alignment.pullBack(values)
    #expect(abs(BLAS.dot(other, back) - BLAS.dot(alignment.project(other), values)) < 1e-4)
    for token in tokens { #expect(abs(back[token] - whole.pullBack(values)[token]) < 1e-4) }
    #expect(Set(back).count == 4)
  }

  @Test("Reused rows are the same as rows computed for one step", arguments: [0, 3, 100])
  func recurring(kept: Int) throws {
    let layout = TokenLayout(vocabularyCount: 300, sharedCount: 90)
    let table = SyntheticEmbeddings(layout, member: 0, dimension: 16, shape: .orthogonal, seed: 3)
    let source = try AnchoredRows(table, anchorIDs: layout.sharedTokens, blockElements: 90 * 4)
    let wanted = [[7, 250, 3, 90, 8, 40, 41], [3, 250, 299, 7, 1], [0, 3, 5]]
    let recurring = try RecurringRows(source, wanted: wanted, elements: 90 * kept)
    for tokens in wanted {
      let (order, rows) = try recurring.rows(of: tokens)
      #expect(order.sorted() == tokens.sorted())
      let exact = try ExactRows.rows(of: order, embeddings: table, anchorIDs: layout.sharedTokens)
      for (one, other) in zip(rows.elements, exact.elements) { #expect(abs(one - other) < 1e-6) }
    }
  }

  @Test("Unknown references are refused, with a list of the known ones")
  func unknown() {
    let error = #expect(throws: BenchmarkError.self) { try StepReferences.check("sparse") }
    #expect(error?.description.contains("dense, factored, support, prefix, streamed") == true)
  }
}
