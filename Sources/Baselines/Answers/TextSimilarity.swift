/// A measure of the similarity of two texts, from 0, nothing in common, to 1.
public enum TextSimilarity: String, Sendable, Hashable, CaseIterable {
  /// chrF (Popović 2015): the F-score of character n-grams, n from 1 to 6, with β 2. White space does not count.
  ///
  /// Precision and recall are means over the lengths of which both texts have n-grams.
  case chrF
  /// ROUGE-L (Lin 2004): the F-score of the longest common subsequence of words, with β 1. Case and punctuation do not
  /// count.
  case rougeL

  /// Computes the similarity of a text to another; chrF is not symmetric, because recall of the other's n-grams counts
  /// for more.
  ///
  /// - Returns: A number from 0 to 1. Texts without anything that counts are similar to each other and to nothing else.
  /// - Complexity: O(length) for chrF, O(words · words) for ROUGE-L.
  package func similarity(of text: String, to other: String) -> Double {
    switch self {
    case .chrF: Self.chrF(Self.scalars(text), Self.scalars(other))
    case .rougeL: Self.rougeL(Self.words(text), Self.words(other))
    }
  }

  private static func scalars(_ text: String) -> [Unicode.Scalar] {
    text.unicodeScalars.filter { !$0.properties.isWhitespace }
  }

  private static func words(_ text: String) -> [Substring] {
    text.lowercased().split { !$0.isLetter && !$0.isNumber }.map { $0 }
  }

  private static func chrF(_ text: [Unicode.Scalar], _ other: [Unicode.Scalar]) -> Double {
    let longest = min(6, text.count, other.count)
    guard longest > 0 else { return text.isEmpty && other.isEmpty ? 1 : 0 }
    var (precision, recall) = (0.0, 0.0)
    for length in 1...longest {
      let (own, wanted) = (grams(of: text, length: length), grams(of: other, length: length))
      let shared = Double(own.reduce(0) { $0 + min($1.value, wanted[$1.key] ?? 0) })
      precision += shared / Double(text.count - length + 1) / Double(longest)
      recall += shared / Double(other.count - length + 1) / Double(longest)
    }
    return precision + recall == 0 ? 0 : 5 * precision * recall / (4 * precision + recall)
  }

  private static func grams(of text: [Unicode.Scalar], length: Int) -> [ArraySlice<Unicode.Scalar>: Int] {
    var counts: [ArraySlice<Unicode.Scalar>: Int] = [:]
    for start in 0...(text.count - length) { counts[text[start..<start + length], default: 0] += 1 }
    return counts
  }

  private static func rougeL(_ text: [Substring], _ other: [Substring]) -> Double {
    guard !text.isEmpty || !other.isEmpty else { return 1 }
    var row = [Int](repeating: 0, count: other.count + 1)
    for word in text {
      var diagonal = 0
      for index in other.indices {
        let above = row[index + 1]
        row[index + 1] = word == other[index] ? diagonal + 1 : max(above, row[index])
        diagonal = above
      }
    }
    return 2 * Double(row[other.count]) / Double(text.count + other.count)
  }
}
