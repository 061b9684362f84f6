package import ModelBackends
internal import Synchronization

/// Next-token distributions for texts that end where the tokenizer would not have cut, had it known the continuation.
///
/// Let m₀ < … < m_k = n be the last boundaries of a text of n tokens. A token t at boundary m whose bytes begin with
/// those from m to the end of the text, and extend beyond them, is a possible continuation of the text; so is every
/// token at n. Each is weighted by the probability of reaching its boundary times its own probability there:
///
/// ```
/// w_m = Π p(token | tokens before), over the tokens from m₀ to m
/// healed(rest of t) += w_m·p(t | m)        healed(t) += w_n·p(t | n)
/// ```
///
/// The rest of t is represented by the vocabulary's token with these bytes, else by the longest one that they begin
/// with. The sum is normalised to a distribution. It is exact for a model whose tokenizer reads from left to right and
/// that only ever writes its tokenizer's own tokens, as far back as `TokenHealing.boundaries` reaches. Otherwise it
/// omits the tokenisations of the text that are not the tokenizer's, which would cost passes through the model.
///
/// Where no token extends beyond the text's end, the logits are unchanged.
///
/// A healer belongs to a vocabulary and can be shared by all sessions.
package final class TokenHealer: Sendable {
  /// Tokens that begin with some bytes and extend beyond them, with the rest of each.
  private struct Extensions: Sendable {
    /// The tokens' indices in sorted order.
    var range: Range<Int>
    /// The token that represents the rest of each; −1 where the vocabulary cannot begin to express it.
    var rests: [Int32]
  }

  /// A cache from the bytes at the ends of texts to the tokens that extend them.
  private struct Memory {
    var extensions: [[UInt8]: Extensions] = [:]
    var size = 0
  }

  let vocabulary: Vocabulary
  private let name: String
  private let sorted: TokensByBytes
  private let memory = Mutex(Memory())

  /// Prepares a vocabulary.
  ///
  /// - Parameters:
  ///   - vocabulary: The model's tokens.
  ///   - name: The model's name, for errors.
  /// - Complexity: O(V log V) comparisons of tokens.
  package init(_ vocabulary: Vocabulary, name: String = "the model") {
    self.vocabulary = vocabulary
    self.name = name
    sorted = vocabulary.tokensByBytes
  }

  /// The range of token counts after which logits are needed to answer for a text: up to all tokens, and from the
  /// earliest boundary on at which a token begins that extends beyond the text's end.
  ///
  /// It does not include 0, where an engine has nothing to predict from, unless the text has no tokens.
  package func boundaries(of text: ContextTokens, healing: TokenHealing) -> ClosedRange<Int> {
    let count = text.tokens.count
    var first = count
    var tail: [UInt8] = []
    let earliest = max(text.openStart, count - healing.boundaries, 1)
    for boundary in stride(from: count - 1, through: earliest, by: -1) {
      let token = text.tokens[boundary]
      guard vocabulary.indices.contains(token), vocabulary.kind(of: token).isText else { break }
      tail = vocabulary.bytes(of: token) + tail
      if tail.count >= sorted.longest { break }
      if boundary < text.chosenStart, !sorted.range(extending: tail[...]).isEmpty { first = boundary }
    }
    return first...count
  }

  /// The healed logits of a text.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - boundaries: The result of ``boundaries(of:healing:)`` for the text.
  ///   - logits: Returns the model's logits after the given number of the text's tokens, for each of the boundaries.
  /// - Returns: Logits: the logarithms of a distribution, or the model's own after the last token where there is only
  ///   one boundary.
  /// - Throws: `BackendError` with the code `engineFailure` where logits at an earlier boundary are not a
  ///   distribution over the vocabulary. Those at the end are returned unchecked, for the caller to inspect.
  /// - Complexity: O(V) for each boundary.
  package func heal(
    _ text: ContextTokens, boundaries: ClosedRange<Int>, logits: (Int) -> [Float]
  ) throws -> [Float] {
    var sum = HealingSum(text, boundaries: boundaries, healer: self)
    for boundary in boundaries { try sum.add(LogitRow(logits(boundary)), at: boundary) }
    return sum.logits ?? []
  }

  func unusable(_ problem: String, tokensBeforeEnd count: Int) -> BackendError {
    BackendError(
      .engineFailure, in: name, "its logits \(count) tokens before the end of the text \(problem)",
      remedy: "Use a file of the model in higher precision, or ask without healing.")
  }

  /// The tokens that begin with the bytes of others and extend beyond them, and for each the token that represents its
  /// rest; −1 where the vocabulary cannot begin to express it.
  func extensions(of tail: ArraySlice<TokenID>) -> (tokens: ArraySlice<TokenID>, rests: [Int32]) {
    let extensions = extensions(of: tail.flatMap { vocabulary.bytes(of: $0) })
    return (sorted.ids[extensions.range], extensions.rests)
  }

  /// The tokens that begin with some bytes and extend beyond them. The few byte strings that texts repeatedly end in
  /// are cached.
  private func extensions(of tail: [UInt8]) -> Extensions {
    if let known = memory.withLock({ $0.extensions[tail] }) { return known }
    let range = sorted.range(extending: tail[...])
    let rests = range.map { index in
      let rest = sorted.token(at: index).dropFirst(tail.count)
      let lengths = stride(from: rest.count, to: 0, by: -1)
      return Int32(lengths.lazy.compactMap { self.vocabulary.id(forBytes: rest.prefix($0)) }.first ?? -1)
    }
    let extensions = Extensions(range: range, rests: rests)
    memory.withLock { memory in
      if memory.size > 4 * vocabulary.count { memory = Memory() }
      if memory.extensions.updateValue(extensions, forKey: tail) == nil { memory.size += rests.count + 1 }
    }
    return extensions
  }
}
