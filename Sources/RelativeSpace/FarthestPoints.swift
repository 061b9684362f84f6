import LinearAlgebra

/// Points that lie far from each other: each is the one farthest from all before it.
///
/// The greedy 2-approximation of the k-centre problem (Gonzalez, "Clustering to minimize the maximum intercluster
/// distance", doi:10.1016/0304-3975(85)90224-5). A point's distance from the chosen ones can only shrink, so an old
/// distance is a bound: points are compared with newly chosen ones only when their bound makes them the next candidate.
/// The result is the same as if all were compared.
struct FarthestPoints {
  /// A point, and a lower bound of its similarity to the nearest chosen one.
  private struct Bound {
    var similarity: Float
    var row: Int

    static func < (left: Bound, right: Bound) -> Bool {
      (left.similarity, left.row) < (right.similarity, right.row)
    }
  }

  private let rows: Matrix
  /// A binary heap with the least similar point first.
  private var heap: [Bound] = []
  /// The number of chosen points with which each point was compared.
  private var compared: [Int]
  private var chosen: [Int]
  /// The chosen points' rows, contiguous.
  private var centres: [Float]

  private init(_ rows: Matrix, from first: Int) {
    self.rows = rows
    chosen = [first]
    centres = Array(rows.row(first))
    compared = Array(repeating: 1, count: rows.rows)
    let similarities = BLAS.multiply(rows, centres)
    for row in 0..<rows.rows where row != first { push(Bound(similarity: similarities[row], row: row)) }
  }

  /// Chooses rows.
  ///
  /// - Parameters:
  ///   - count: The number of rows to choose; all where there are fewer.
  ///   - rows: Unit rows, `[points × d]`; at least one.
  ///   - first: The row that is chosen first.
  ///   - progress: Called with the fraction chosen.
  /// - Returns: Rows in the order in which they were chosen; ties go to the first.
  /// - Throws: `CancellationError`.
  /// - Complexity: O(points·count·d) at worst, in products of blocks; usually a small part of it.
  static func choose(
    _ count: Int, of rows: Matrix, from first: Int, progress: (Double) -> Void
  ) throws -> [Int] {
    var points = FarthestPoints(rows, from: first)
    let count = min(count, rows.rows)
    while points.chosen.count < count {
      try Task.checkCancellation()
      points.chooseNext()
      if points.chosen.count % 64 == 0 { progress(Double(points.chosen.count) / Double(count)) }
    }
    return points.chosen
  }

  private mutating func chooseNext() {
    // The more bounds turn out to be loose, the more are tightened at once.
    var blockSize = 1
    while let top = heap.first, compared[top.row] < chosen.count {
      tighten(blockSize)
      blockSize = min(256, blockSize * 2)
    }
    let next = pop()
    chosen.append(next.row)
    centres += rows.row(next.row)
  }

  /// Compares the first points of the heap with all chosen ones.
  private mutating func tighten(_ blockSize: Int) {
    var block: [Bound] = []
    while block.count < blockSize, let top = heap.first, compared[top.row] < chosen.count { block.append(pop()) }
    let known = block.reduce(chosen.count) { min($0, compared[$1.row]) }
    let points = Matrix(
      rows: block.count, columns: rows.columns, known: block.flatMap { rows.row($0.row) })
    let new = Matrix(
      rows: chosen.count - known, columns: rows.columns, known: Array(centres[(known * rows.columns)...]))
    let similarities = BLAS.multiplyTransposed(points, new)
    for (index, bound) in block.enumerated() {
      let nearest = similarities.row(index).reduce(bound.similarity, max)
      compared[bound.row] = chosen.count
      push(Bound(similarity: nearest, row: bound.row))
    }
  }

  private mutating func push(_ bound: Bound) {
    heap.append(bound)
    var index = heap.count - 1
    while index > 0, heap[index] < heap[(index - 1) / 2] {
      heap.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  /// - Precondition: The heap is not empty.
  private mutating func pop() -> Bound {
    heap.swapAt(0, heap.count - 1)
    let first = heap.removeLast()
    var index = 0
    while true {
      let children = (2 * index + 1..<2 * index + 3).clamped(to: 0..<heap.count)
      guard let least = children.min(by: { heap[$0] < heap[$1] }), heap[least] < heap[index] else { return first }
      heap.swapAt(index, least)
      index = least
    }
  }
}
