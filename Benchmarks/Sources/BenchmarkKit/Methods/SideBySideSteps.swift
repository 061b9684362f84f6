import DeePEn
import Foundation

/// Many steps of the exact rule at a time: each runs unchanged in its own thread, but matrix-vector products wait until
/// all steps need one and become one matrix product. This reduces thousands of exact steps from hours to minutes.
enum SideBySideSteps {
  /// Runs a body for each step, with alignments that wait for each other.
  ///
  /// - Parameters:
  ///   - matrices: Each member's R̂.
  ///   - count: The number of steps.
  ///   - body: Gets the members' alignments and a step's index.
  static func map<Result: Sendable>(
    _ matrices: [Matrix], count: Int, _ body: @escaping @Sendable ([any TokenAlignment], Int) throws -> Result
  ) throws -> [Result] {
    let batch = ProductBatch(matrices, participants: count)
    let results = Results<Result>(count)
    let group = DispatchGroup()
    for index in 0..<count {
      group.enter()
      let thread = Thread {
        let alignments = matrices.indices.map { BatchedAlignment(batch: batch, member: $0) }
        results.set(index, Swift.Result { try body(alignments, index) })
        batch.leave()
        group.leave()
      }
      thread.stackSize = 4 << 20
      thread.start()
    }
    group.wait()
    return try results.all()
  }

  private final class Results<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var values: [Swift.Result<Value, any Error>?]

    init(_ count: Int) { values = Array(repeating: nil, count: count) }

    func set(_ index: Int, _ value: Swift.Result<Value, any Error>) { lock.withLock { values[index] = value } }

    func all() throws -> [Value] { try lock.withLock { try values.compactMap { try $0?.get() } } }
  }
}

/// Collects requests for products; the last participant that asks computes them all.
private final class ProductBatch: @unchecked Sendable {
  private final class Request {
    let member: Int
    let isProjection: Bool
    let vector: [Float]
    var result: [Float]?

    init(member: Int, isProjection: Bool, vector: [Float]) {
      self.member = member
      self.isProjection = isProjection
      self.vector = vector
    }
  }

  let matrices: [Matrix]
  private let condition = NSCondition()
  private var participants: Int
  private var waiting: [Request] = []

  init(_ matrices: [Matrix], participants: Int) {
    self.matrices = matrices
    self.participants = participants
  }

  func product(member: Int, isProjection: Bool, _ vector: [Float]) -> [Float] {
    condition.withLock {
      let request = Request(member: member, isProjection: isProjection, vector: vector)
      waiting.append(request)
      workIfAllWait()
      while true {
        if let result = request.result { return result }
        condition.wait()
      }
    }
  }

  func leave() {
    condition.withLock {
      participants -= 1
      workIfAllWait()
    }
  }

  private func workIfAllWait() {
    guard waiting.count == participants else { return }
    for (member, matrix) in matrices.enumerated() {
      for isProjection in [true, false] {
        let requests = waiting.filter { $0.member == member && $0.isProjection == isProjection }
        guard let first = requests.first else { continue }
        var vectors = Matrix(rows: requests.count, columns: first.vector.count)
        vectors.elements = requests.flatMap(\.vector)
        let products = isProjection ? BLAS.multiply(vectors, matrix) : BLAS.multiplyTransposed(vectors, matrix)
        for (row, request) in requests.enumerated() { request.result = Array(products.row(row)) }
      }
    }
    waiting = []
    condition.broadcast()
  }
}

/// A member's matrix, whose products are computed together with the other steps'.
private struct BatchedAlignment: TokenAlignment {
  let batch: ProductBatch
  let member: Int

  var vocabularyCount: Int { batch.matrices[member].rows }

  var anchorCount: Int { batch.matrices[member].columns }

  func project(_ distribution: [Float]) -> [Float] {
    batch.product(member: member, isProjection: true, distribution)
  }

  func pullBack(_ anchorValues: [Float]) -> [Float] {
    batch.product(member: member, isProjection: false, anchorValues)
  }
}
