/// Suggestions for misspelt words.
enum Suggestion {
  /// The nearest of some names, where one is near enough to be meant.
  static func nearest(to word: String, among names: [String]) -> String? {
    guard let best = names.map({ ($0, editDistance(word, $0)) }).min(by: { $0.1 < $1.1 }),
      best.1 <= min(max(2, best.0.count / 3), best.0.count - 1)
    else { return nil }
    return best.0
  }
}

/// The edit distance between two words: letters substituted, inserted or deleted.
private func editDistance(_ one: String, _ other: String) -> Int {
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
