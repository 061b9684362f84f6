import ModelBackends

/// Consecutive positions of one answer that members are asked about in one call: one while the answer is generated,
/// more where its tokens are given.
struct Piece: Sendable {
  /// The maximum number of positions in a piece.
  static let limit = 128
  /// The maximum size of a member's logits in a piece, in bytes. Those of two pieces are held at a time.
  private static let logitsLimit = 64 << 20

  /// The maximum number of positions in a piece for members with the given numbers of tokens.
  ///
  /// - Complexity: O(number of members).
  static func limit(vocabularySizes: [Int]) -> Int {
    let rowSize = (vocabularySizes.max() ?? 0) * MemoryLayout<Float>.size
    return max(1, min(limit, logitsLimit / max(1, rowSize)))
  }

  /// The answer up to the last position.
  let answer: [UInt8]
  /// The main model's tokens up to the last position.
  let tokens: [TokenID]
  /// The length of the answer before each position.
  let prefixes: [ContextText.Prefix]

  /// Creates a piece of the positions from one on.
  ///
  /// - Parameters:
  ///   - given: The main model's tokens that follow the position, of which the last one is not read; empty where they
  ///     are not known.
  ///   - vocabulary: The main model's.
  ///   - limit: The maximum number of positions.
  init(from position: AnswerPosition, given: ArraySlice<TokenID>, vocabulary: Vocabulary, limit: Int = Self.limit) {
    var (answer, tokens) = (position.bytes, position.tokens)
    var prefixes = [ContextText.Prefix(byteCount: answer.count, tokenCount: tokens.count)]
    for token in given.dropLast().prefix(limit - 1) {
      answer += vocabulary.text(of: CollectionOfOne(token))
      tokens.append(token)
      prefixes.append(ContextText.Prefix(byteCount: answer.count, tokenCount: tokens.count))
    }
    (self.answer, self.tokens, self.prefixes) = (answer, tokens, prefixes)
  }

  /// The steps of the positions.
  var steps: Range<Int> { tokens.count + 1 - prefixes.count..<tokens.count + 1 }
}
