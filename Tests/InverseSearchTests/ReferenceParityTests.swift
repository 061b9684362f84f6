import Fusion
import InverseSearch
import LinearAlgebra
import ModelBackends
import RelativeSpace
import Testing

/// Same inputs, same outputs as the published implementation, stage by stage and as a whole.
struct ReferenceParityTests {
  @Test func allCasesAreThere() {
    #expect(ReferenceCase.all.count == 9)
  }

  @Test(arguments: ReferenceCase.all)
  func relativeMatrices(_ reference: ReferenceCase) throws {
    for model in reference.manifest.weights.indices {
      let matrix = try alignment(of: model, in: reference).matrix
      #expect(largestDifference(matrix.elements, try reference.floats("model\(model)_relative_matrix")) <= 1e-5)
    }
  }

  @Test(arguments: ReferenceCase.all)
  func relativeDistributions(_ reference: ReferenceCase) throws {
    for model in reference.manifest.weights.indices {
      let matrix = DenseAlignment(known: try reference.matrix("model\(model)_relative_matrix"))
      let relative = matrix.project(try softmax(try reference.floats("model\(model)_logits")))
      #expect(largestDifference(relative, try reference.floats("model\(model)_relative")) <= 1e-5)
    }
  }

  @Test(arguments: ReferenceCase.all)
  func fusedDistribution(_ reference: ReferenceCase) throws {
    let weights = reference.manifest.weights
    let relatives = try weights.indices.map { try reference.floats("model\($0)_relative") }
    let fused = try MeanFusion().fuse(relatives, weights: weights)
    #expect(largestDifference(fused, try reference.floats("fused_relative")) <= 1e-5)
  }

  @Test(arguments: ReferenceCase.all)
  func search(_ reference: ReferenceCase) throws {
    let result = try AdamWSearch(rate: reference.manifest.rate, steps: reference.manifest.steps).search(
      from: try reference.floats("model0_logits"), toward: try reference.floats("fused_relative"),
      through: DenseAlignment(known: try reference.matrix("model0_relative_matrix")))
    try check(result, reference)
  }

  @Test(arguments: ReferenceCase.all)
  func everythingFromEmbeddingsToLogits(_ reference: ReferenceCase) throws {
    let manifest = reference.manifest
    let alignments = try manifest.weights.indices.map { try alignment(of: $0, in: reference) }
    let relatives = try alignments.enumerated().map { model, alignment in
      alignment.project(try softmax(try reference.floats("model\(model)_logits")))
    }
    let fused = try MeanFusion().fuse(
      relatives, weights: MemberWeights.fixed(manifest.weights).weights(memberCount: relatives.count))
    let main = try reference.floats("model0_logits")
    #expect(argMax(main) == manifest.mainArgmaxBefore)
    let result = try AdamWSearch(rate: manifest.rate, steps: manifest.steps)
      .search(from: main, toward: fused, through: alignments[0])
    try check(result, reference)
  }

  private func check(_ result: SearchResult, _ reference: ReferenceCase) throws {
    let manifest = reference.manifest
    #expect(largestDifference(result.logits, try reference.floats("main_logits_after_search")) <= 1e-4)
    #expect(argMax(result.logits) == manifest.mainArgmaxAfter)
    #expect(result.losses.count == manifest.steps + 1)
    #expect(abs((result.losses.first ?? .nan) - manifest.klBefore) <= 1e-5)
    #expect(abs((result.losses.last ?? .nan) - manifest.klAfter) <= 1e-5)
  }

  private func alignment(of model: Int, in reference: ReferenceCase) throws -> CosineAlignment {
    let embeddings = try reference.matrix("model\(model)_embeddings")
    return try CosineAlignment(
      embeddings: embeddings, vocabularyCount: embeddings.rows,
      anchorIDs: try reference.integers("model\(model)_anchor_ids"),
      options: .init(temperature: reference.manifest.temperature))
  }
}

/// The largest |aᵢ − bᵢ|; infinite where lengths differ or a difference is NaN.
func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { largest, pair in
    if pair.0 == pair.1 { return largest }
    let difference = abs(pair.0 - pair.1)
    return difference.isNaN ? .infinity : max(largest, difference)
  }
}
