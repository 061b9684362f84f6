import DeePEn
import LinearAlgebra

/// The published rule where no V × A matrix fits, for a few hundred steps at a time.
///
/// Every token counts. All steps' relative distributions are computed together: the rows of R̂ are streamed once for
/// each member, in blocks, as products of matrices. The search then knows the rows of the tokens that matter in a step;
/// the others share one row, their mean, which follows from the main model's relative distribution.
public struct StreamedReference: StepReference {
  /// "streamed"
  public static let name = "streamed"

  /// The limits of memory.
  struct Limits {
    /// The number of steps that are computed together.
    var steps = 512
    /// The approximate number of elements of a block of rows: 512 MiB. In smaller blocks, the work around the products
    /// takes a larger part.
    var blockElements = 1 << 27
    /// The number of elements of the rows that are stored for more than one step's search: 2 GiB.
    var recurringElements = 1 << 29
  }

  private let inputs: StepInputs
  private let limits: Limits

  /// Creates the reference. In each step, the search has the rows of `inputs.kept` tokens: the main model's tokens to
  /// which it, or another member, gives the highest probabilities.
  public init(_ inputs: StepInputs) { self.init(inputs, limits: Limits()) }

  init(_ inputs: StepInputs, limits: Limits) {
    self.inputs = inputs
    self.limits = limits
  }

  /// Computes steps, in their order.
  ///
  /// - Complexity: O(V · A · (d + steps)) for each member, and O(kept · A · (d + T)) for each step.
  public func answer(_ steps: [[[Float]]], _ body: (Int, StepAnswer) async throws -> Void) async throws {
    for start in stride(from: 0, to: steps.count, by: limits.steps) {
      let part = Array(steps[start..<min(start + limits.steps, steps.count)])
      try await answerTogether(part) { try await body(start + $0, $1) }
    }
  }

  private func answerTogether(_ steps: [[[Float]]], _ body: (Int, StepAnswer) async throws -> Void) async throws {
    let (anchorIDs, weights) = (inputs.anchorIDs, inputs.weights)
    func rows(ofMember member: Int) throws -> AnchoredRows {
      try AnchoredRows(
        inputs.embeddings[member], anchorIDs: anchorIDs[member], blockElements: limits.blockElements)
    }
    func project(member: Int, through rows: AnchoredRows, times weight: Float, into relatives: inout Matrix) throws {
      try rows.project(try steps.map { try softmax($0[member]) }, times: weight, addingTo: &relatives)
    }
    var fused = Matrix(rows: steps.count, columns: anchorIDs[0].count)
    for member in anchorIDs.indices.dropFirst() {
      try project(member: member, through: rows(ofMember: member), times: weights[member], into: &fused)
    }
    var own = Matrix(rows: steps.count, columns: fused.columns)
    let rows = try rows(ofMember: 0)
    try project(member: 0, through: rows, times: 1, into: &own)
    for index in fused.elements.indices { fused.elements[index] += weights[0] * own.elements[index] }

    let moved = try steps.map { try movedTokens($0, anchorIDs) }
    let recurring = try RecurringRows(rows, wanted: moved, elements: limits.recurringElements)
    for (step, logits) in steps.enumerated() {
      let (tokens, rows) = try recurring.rows(of: moved[step])
      let alignment = MeanRowAlignment(
        tokens: tokens, rows: rows, distribution: try softmax(logits[0]), relative: own.row(step))
      let target = Array(fused.row(step))
      let found = try inputs.search.search(from: logits[0], toward: target, through: alignment)
      try await body(step, StepAnswer(tokens: softmax(found.logits), relative: target))
    }
  }

  /// The tokens of the main model that may become likely: those to which any member gives the highest probabilities.
  private func movedTokens(_ logits: [[Float]], _ anchorIDs: [[Int]]) throws -> [Int] {
    var highest = try softmax(logits[0])
    for member in logits.indices.dropFirst() {
      let distribution = try softmax(logits[member])
      for (own, other) in zip(anchorIDs[0], anchorIDs[member]) {
        highest[own] = max(highest[own], distribution[other])
      }
    }
    return topK(inputs.kept, of: highest).sorted()
  }
}

/// The rows of R̂ of some tokens. All others share the mean of theirs, so that p·R̂ of one distribution is exact.
struct MeanRowAlignment: TokenAlignment {
  let vocabularyCount: Int
  private let tokens: [Int]
  /// `[tokens × A]`
  private let rows: Matrix
  /// The row of the other tokens, `[A]`.
  private let mean: [Float]

  /// Computes the mean: p·R̂ less the tokens' own part, normalised.
  ///
  /// - Parameters:
  ///   - tokens: Some tokens.
  ///   - rows: Their rows, `[tokens × A]`.
  ///   - distribution: A distribution p over all tokens, `[V]`.
  ///   - relative: p·R̂, `[A]`.
  init(tokens: [Int], rows: Matrix, distribution: [Float], relative: some Sequence<Float>) {
    vocabularyCount = distribution.count
    self.tokens = tokens
    self.rows = rows
    // Where the tokens hold all the probability, rounding may leave slightly negative numbers.
    let left = zip(relative, BLAS.multiply(tokens.map { distribution[$0] }, rows)).map { max(0, $0 - $1) }
    let sum = left.reduce(0) { $0 + Double($1) }
    mean = sum > 0 ? left.map { Float(Double($0) / sum) } : left.map { _ in 1 / Float(rows.columns) }
  }

  var anchorCount: Int { rows.columns }

  func project(_ distribution: [Float]) -> [Float] {
    var others = distribution
    for token in tokens { others[token] = 0 }
    let share = Float(others.reduce(0) { $0 + Double($1) })
    return zip(BLAS.multiply(tokens.map { distribution[$0] }, rows), mean).map { $0 + share * $1 }
  }

  func pullBack(_ anchorValues: [Float]) -> [Float] {
    var result = [Float](repeating: BLAS.dot(mean, anchorValues), count: vocabularyCount)
    for (token, value) in zip(tokens, BLAS.multiply(rows, anchorValues)) { result[token] = value }
    return result
  }
}
