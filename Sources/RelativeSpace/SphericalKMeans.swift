import LinearAlgebra
import ModelBackends

/// Clusters of directions around mean directions, by Lloyd's iteration with cosines (Dhillon and Modha, "Concept
/// decompositions for large sparse text data using clustering", doi:10.1023/A:1007612920971).
///
/// The initial centres are drawn far apart, as k-means++ does (Arthur and Vassilvitskii, SODA 2007), but with many of
/// them in each of about 64 rounds, so that points and centres are compared as products of blocks.
struct SphericalKMeans {
  /// The number of rounds that draw the initial centres.
  private static let rounds = 64

  private let rows: Matrix
  private var centres: Matrix
  /// Each point's cluster, and its similarity to the centre.
  private var groups: [Int]
  private var similarities: [Float]

  /// Clusters points and selects from each cluster the point that is nearest to its centre.
  ///
  /// Where clusters have no point left, the points least similar to their centres are selected too.
  ///
  /// - Parameters:
  ///   - count: The number of points; all where there are fewer.
  ///   - rows: Unit rows, `[points × d]`; at least one.
  ///   - seed: The seed of the random numbers.
  ///   - iterations: The maximum number of iterations.
  ///   - progress: Called with the fraction done.
  /// - Returns: Distinct rows.
  /// - Throws: `CancellationError`.
  /// - Complexity: O(points·count·d·iterations) in products of blocks.
  static func choose(
    _ count: Int, of rows: Matrix, seed: UInt64, iterations: Int, progress: (Double) -> Void
  ) throws -> [Int] {
    guard count < rows.rows else { return Array(0..<rows.rows) }
    var means = SphericalKMeans(rows, centres: try drawn(count, of: rows, seed: seed))
    for iteration in 1...max(1, iterations) {
      progress(Double(iteration) / Double(max(1, iterations) + 1))
      guard try means.assign() else { break }
      if iteration < iterations { means.move() }
    }
    return means.nearest(count)
  }

  private init(_ rows: Matrix, centres: Matrix) {
    self.rows = rows
    self.centres = centres
    groups = Array(repeating: -1, count: rows.rows)
    similarities = Array(repeating: 0, count: rows.rows)
  }

  /// Draws centres, each with a probability proportional to its squared distance from those drawn before.
  private static func drawn(_ count: Int, of rows: Matrix, seed: UInt64) throws -> Matrix {
    var random = SplitMix64(seed: seed)
    var chosen = [Int.random(in: 0..<rows.rows, using: &random)]
    var distances = [Float](repeating: .infinity, count: rows.rows)
    var known = 0
    while true {
      let new = matrix(of: chosen[known...], in: rows)
      known = chosen.count
      try forBlocks(of: rows, against: new) { start, block in
        for row in 0..<block.rows {
          let nearest = block.row(row).reduce(-.infinity, max)
          distances[start + row] = min(distances[start + row], max(0, 1 - nearest))
        }
      }
      for row in chosen { distances[row] = 0 }
      guard chosen.count < count else { break }
      for _ in 0..<min(count - chosen.count, max(1, count / rounds)) {
        let sum = distances.reduce(0) { $0 + Double($1) }
        guard sum > 0 else { break }
        var mark = Double.random(in: 0..<sum, using: &random)
        let index = distances.firstIndex { distance in
          mark -= Double(distance)
          return mark < 0
        }
        guard let index = index ?? distances.lastIndex(where: { $0 > 0 }) else { break }
        distances[index] = 0
        chosen.append(index)
      }
      // All remaining points lie on centres.
      guard chosen.count > known else { break }
    }
    return matrix(of: chosen[...], in: rows)
  }

  /// Assigns every point to the most similar centre.
  ///
  /// - Returns: Whether a point has changed its cluster.
  private mutating func assign() throws -> Bool {
    let before = groups
    try Self.forBlocks(of: rows, against: centres) { start, block in
      for row in 0..<block.rows {
        var best = (group: 0, similarity: -Float.infinity)
        for (group, similarity) in block.row(row).enumerated() where similarity > best.similarity {
          best = (group, similarity)
        }
        groups[start + row] = best.group
        similarities[start + row] = best.similarity
      }
    }
    return groups != before
  }

  /// Moves every centre to the mean direction of its cluster. An empty cluster restarts at the point least similar to
  /// its centre.
  private mutating func move() {
    let width = rows.columns
    var sums = Matrix(rows: centres.rows, columns: width)
    var sizes = [Int](repeating: 0, count: centres.rows)
    sums.elements.withUnsafeMutableBufferPointer { sums in
      rows.elements.withUnsafeBufferPointer { rows in
        for (row, group) in groups.enumerated() {
          sizes[group] += 1
          for column in 0..<width { sums[group * width + column] += rows[row * width + column] }
        }
      }
    }
    var leastSimilar = leastSimilar()[...]
    for group in sizes.indices {
      if sizes[group] > 0, sums.withMutableRow(group, { normalize(&$0) }) == .one { continue }
      guard let point = leastSimilar.popFirst() else { continue }
      sums.elements.replaceSubrange(group * width..<(group + 1) * width, with: rows.row(point))
    }
    centres = sums
  }

  /// The point of each cluster that is nearest to its centre, then those least similar to theirs.
  private func nearest(_ count: Int) -> [Int] {
    var best = [Int?](repeating: nil, count: centres.rows)
    for (row, group) in groups.enumerated() where best[group].map({ similarities[row] > similarities[$0] }) ?? true {
      best[group] = row
    }
    let chosen = best.compactMap(\.self)
    guard chosen.count < count else { return chosen }
    let isChosen = Set(chosen)
    return chosen + leastSimilar().filter { !isChosen.contains($0) }.prefix(count - chosen.count)
  }

  /// The points, those least similar to their centres first.
  private func leastSimilar() -> [Int] {
    similarities.indices.sorted { (similarities[$0], $0) < (similarities[$1], $1) }
  }

  private static func matrix(of chosen: ArraySlice<Int>, in rows: Matrix) -> Matrix {
    Matrix(rows: chosen.count, columns: rows.columns, known: chosen.flatMap { rows.row($0) })
  }

  /// Passes the dot products of all rows with all centres to a closure, a block of rows at a time.
  private static func forBlocks(
    of rows: Matrix, against centres: Matrix, _ use: (_ start: Int, _ products: Matrix) -> Void
  ) throws {
    let size = max(1, EmbeddingRows.blockElements / max(rows.columns, centres.rows))
    for start in stride(from: 0, to: rows.rows, by: size) {
      try Task.checkCancellation()
      let block = rows.rows(start..<min(start + size, rows.rows))
      use(start, BLAS.multiplyTransposed(block, centres))
    }
  }
}
