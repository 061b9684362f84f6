import LinearAlgebra
import ModelBackends

/// The shared tokens' embeddings in all members, concatenated, so that the dot product of two rows is the mean of the
/// members' cosines.
///
/// The order of the members is canonical and does not depend on the order in which they were given, so that sums are
/// rounded the same way.
struct JointDirections {
  /// Unit rows, `[tokens with a direction in every member × Σ d]`.
  let rows: Matrix
  /// The index of each row among the shared tokens, ascending.
  let indices: [Int]
  /// The indices of the shared tokens that have no direction in some member.
  let others: [Int]

  /// Reads the members' embeddings.
  ///
  /// - Complexity: O(S·Σd) time; 4·S·Σd bytes, and those of one member once more while they are read.
  init(_ candidates: AnchorCandidates) throws {
    let members = try Self.order(of: candidates)
    let count = candidates.shared.count
    let widths = try members.map { try candidates.material.embeddings($0).dimension }
    let width = widths.reduce(0, +)
    var joint = [Float](repeating: 0, count: count * width)
    var hasDirection = [Bool](repeating: true, count: count)
    let share = 1 / Float(members.count).squareRoot()
    var column = 0
    for (member, memberWidth) in zip(members, widths) {
      try Task.checkCancellation()
      let directions = try candidates.directions(ofMember: member)
      for index in 0..<count {
        var isZero = true
        let row = directions.row(index)
        for (offset, value) in row.enumerated() {
          joint[index * width + column + offset] = members.count == 1 ? value : value * share
          if value != 0 { isZero = false }
        }
        if isZero { hasDirection[index] = false }
      }
      column += memberWidth
    }
    indices = hasDirection.indices.filter { hasDirection[$0] }
    others = hasDirection.indices.filter { !hasDirection[$0] }
    if others.isEmpty {
      rows = Matrix(rows: count, columns: width, known: joint)
    } else {
      let kept = indices.flatMap { joint[$0 * width..<($0 + 1) * width] }
      rows = Matrix(rows: indices.count, columns: width, known: kept)
    }
  }

  /// The indices among the shared tokens of chosen rows, filled up to `count` with tokens that have no direction.
  func indices(ofRows chosen: [Int], count: Int) -> [Int] {
    chosen.map { indices[$0] } + others.prefix(max(0, count - chosen.count))
  }

  /// The canonical order of the members: by their identifiers of the shared tokens, then by the size and the elements
  /// of their embeddings.
  private static func order(of candidates: AnchorCandidates) throws -> [Int] {
    var order: [Int] = []
    for member in 0..<candidates.memberCount {
      let index = try order.firstIndex { try precedes(member, $0, in: candidates) } ?? order.count
      order.insert(member, at: index)
    }
    return order
  }

  private static func precedes(_ one: Int, _ other: Int, in candidates: AnchorCandidates) throws -> Bool {
    for anchor in candidates.shared where anchor.ids[one] != anchor.ids[other] {
      return anchor.ids[one] < anchor.ids[other]
    }
    let tables = try [one, other].map { EmbeddingRows(try candidates.material.embeddings($0)) }
    guard tables[0].table.dimension == tables[1].table.dimension else {
      return tables[0].table.dimension < tables[1].table.dimension
    }
    for anchor in candidates.shared {
      let rows = try tables.map { try $0.directions(of: [anchor.ids[one]]).rows.elements }
      if rows[0] != rows[1] { return rows[0].lexicographicallyPrecedes(rows[1]) }
    }
    return false
  }
}
