/// Suggestions for misspelt names.
package enum NearestName {
  /// "Did you mean …? " with the nearest of some names, where one is near enough; empty otherwise.
  package static func advice(for name: String, among names: [String]) -> String {
    let near = names.map { ($0, distance(name, $0)) }.min { $0.1 < $1.1 }
    guard let near, near.1 <= min(max(2, near.0.count / 3), near.0.count - 1) else { return "" }
    return "Did you mean \(near.0)? "
  }

  /// The edit distance of two words, in characters.
  private static func distance(_ one: String, _ other: String) -> Int {
    let (one, other) = (Array(one), Array(other))
    var row = Array(0...other.count)
    for (index, letter) in one.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for (column, match) in other.enumerated() {
        let changed = diagonal + (letter == match ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(changed, row[column] + 1, diagonal + 1)
      }
    }
    return row[other.count]
  }
}
