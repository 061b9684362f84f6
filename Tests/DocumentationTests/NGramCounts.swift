import DeePEn
import Foundation

/// Cuts a text into words: letters or digits with the space before them; every other byte stands alone.
enum Words {
  static func split(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var words: [ArraySlice<UInt8>] = []
    var start = 0
    while start < bytes.count {
      var end = start + 1
      let opensWord = bytes[start] == UInt8(ascii: " ") && end < bytes.count && isWord(bytes[end])
      if opensWord || isWord(bytes[start]) {
        while end < bytes.count, isWord(bytes[end]) { end += 1 }
      }
      words.append(bytes[start..<end])
      start = end
    }
    return words
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    byte >= 0x80 || Character(UnicodeScalar(byte)).isLetter || Character(UnicodeScalar(byte)).isNumber
  }
}

/// Counts of tokens after up to five others, with every shorter history mixed in (Witten and Bell, 1991).
struct NGramCounts: Sendable {
  private static let order = 6

  private var followers: [[TokenID]: [TokenID: Int]] = [:]
  private let documents: [[TokenID]]
  private let vocabularyCount: Int

  init(documents: [[TokenID]], vocabularyCount: Int) {
    self.documents = documents
    self.vocabularyCount = vocabularyCount
    for document in documents {
      for (index, token) in document.enumerated() {
        for length in 0..<min(Self.order, index + 1) {
          followers[Array(document[index - length..<index]), default: [:]][token, default: 0] += 1
        }
      }
    }
  }

  /// Logarithms of the mixed shares, `[vocabulary]`.
  func logits(after tokens: ArraySlice<TokenID>) -> [Float] {
    var shares = [Float](repeating: 1 / Float(vocabularyCount), count: vocabularyCount)
    for length in 0..<Self.order where length <= tokens.count {
      guard let next = followers[Array(tokens.suffix(length))] else { break }
      let seen = Float(next.values.reduce(0, +))
      let kinds = Float(next.count)
      for token in shares.indices { shares[token] *= kinds / (seen + kinds) }
      for (token, count) in next { shares[token] += Float(count) / (seen + kinds) }
    }
    return shares.map { logf($0) }
  }

  /// Token vectors, `[vocabulary × contexts]`: positive pointwise mutual information with the commonest tokens nearby.
  func cooccurrence(window: Int, contexts: Int) -> Matrix {
    let totals = followers[[]] ?? [:]
    let common = totals.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(contexts).map(\.key)
    let column = Dictionary(uniqueKeysWithValues: common.enumerated().map { ($1, $0) })
    var pairs = Matrix(rows: vocabularyCount, columns: common.count)
    for document in documents {
      for (index, token) in document.enumerated() {
        for other in document[max(0, index - window)..<min(document.count, index + window + 1)] {
          if let column = column[other] { pairs[token, column] += 1 }
        }
      }
    }
    let all = Float(totals.values.reduce(0, +))
    for (token, count) in totals {
      for (column, other) in common.enumerated() where pairs[token, column] > 0 {
        let chance = Float(count) * Float(totals[other] ?? 1) * Float(2 * window + 1) / all
        pairs[token, column] = max(0, logf(pairs[token, column] / chance))
      }
    }
    return pairs
  }
}
