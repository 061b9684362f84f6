package import DeePEn
import LinearAlgebra

/// Clusters of points around centres, by Lloyd's iteration from centres that are drawn far apart (Arthur and
/// Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007).
package struct KMeans: Sendable, Hashable {
  /// Each point's cluster, from 0.
  package let labels: [Int]
  /// The sum of the points' squared distances from the centres of their clusters.
  package let inertia: Double

  /// Clusters points; equal seeds give equal clusters.
  ///
  /// - Parameters:
  ///   - points: `[points × dimension]`; at least one.
  ///   - count: The maximum number of clusters.
  ///   - seed: The random seed.
  ///   - iterations: The maximum number of rounds.
  /// - Complexity: O(points · dimension · count · iterations).
  package init(_ points: Matrix, count: Int, seed: UInt64 = 1, iterations: Int = 50) {
    precondition(points.rows > 0 && count > 0, "Groups need points, and at least one group is asked for.")
    let rows = (0..<points.rows).map { Array(points.row($0)) }
    var random = SplitMix64(seed: seed)
    var centres = [rows[Int.random(in: rows.indices, using: &random)]]
    while centres.count < count {
      let distances = rows.map { row in centres.map { Self.distance(row, $0) }.min() ?? 0 }
      let sum = distances.reduce(0, +)
      guard sum > 0 else { break }
      var mark = Double.random(in: 0..<sum, using: &random)
      let index = distances.firstIndex { distance in
        mark -= distance
        return mark < 0
      }
      centres.append(rows[index ?? rows.count - 1])
    }
    var labels: [Int] = []
    for _ in 0..<iterations {
      let next = rows.map { row in
        centres.indices.min { Self.distance(row, centres[$0]) < Self.distance(row, centres[$1]) } ?? 0
      }
      if next == labels { break }
      labels = next
      for centre in centres.indices {
        let members = rows.indices.filter { labels[$0] == centre }
        guard !members.isEmpty else { continue }
        centres[centre] = (0..<points.columns).map { column in
          members.reduce(0) { $0 + rows[$1][column] } / Float(members.count)
        }
      }
    }
    self.labels = labels
    inertia = zip(rows, labels).reduce(0) { $0 + Self.distance($1.0, centres[$1.1]) }
  }

  private static func distance(_ a: [Float], _ b: [Float]) -> Double {
    var sum = 0.0
    for index in a.indices {
      let difference = Double(a[index] - b[index])
      sum += difference * difference
    }
    return sum
  }
}
