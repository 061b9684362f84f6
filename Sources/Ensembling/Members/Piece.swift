import ModelBackends

/// Consecutive positions of one answer that members are asked about in one call: one while the answer is generated,
/// more where its tokens are given.
struct Piece: Sendable {
  /// The maximum number of positions in a piece. Logits of two pieces are held at a time, which takes 2 · 64 · 4 bytes
  /// for each token of each vocabulary: 64 MiB for one of 128 Ki tokens.
  static let limit = 64

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
