internal import Synchronization

/// Next-token distributions for texts that end where the tokenizer would not have cut, had it known what comes next.
///
/// Let m₀ < … < m_k = n be the last boundaries of a text of n tokens. A token t at boundary m whose bytes begin with those
/// from m to the end of the text, and go on, is a way to continue the text; so is every token at n. Each counts with the
/// probability of coming to its boundary and of itself there:
///
/// ```
/// w_m = Π p(token | tokens before), over the tokens from m₀ to m
/// healed(rest of t) += w_m·p(t | m)        healed(t) += w_n·p(t | n)
/// ```
///
/// The rest of t is the vocabulary's token with these bytes, else the longest one that they begin with. The sum is made a
/// distribution. It is exact for a model whose tokenizer reads from left to right and that only ever writes its
/// tokenizer's own tokens, as far as `TokenHealing.boundaries` reaches. Elsewhere it leaves out the tokenisations of the
/// text that are not the tokenizer's, which would cost passes through the model.
///
/// Where no token goes on beyond the text's end, nothing changes.
///
/// A healer belongs to a vocabulary and can be shared by all sessions.
package final class TokenHealer: Sendable {
  /// Tokens that go on after some bytes, with what is left of each.
  private struct Extensions: Sendable {
    /// Places among the sorted tokens.
    var places: Range<Int>
    /// What stands for the rest of each; −1 where the vocabulary cannot begin to express it.
    var rests: [Int32]
  }

  /// The stretches that texts ended in, with what goes on after them.
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

  /// After how many tokens logits are needed to answer for a text: after all of them, and from the earliest boundary on
  /// at which a token begins that goes on beyond the text's end.
  ///
  /// Never after none of them, where an engine has nothing to predict from, unless the text has no tokens.
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
      if boundary < text.chosenStart, !sorted.places(extending: tail[...]).isEmpty { first = boundary }
    }
    return first...count
  }

  /// The healed logits of a text.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - boundaries: What ``boundaries(of:healing:)`` answered for it.
  ///   - logits: The model's logits after so many of the text's tokens, for each of the boundaries.
  /// - Returns: Logits: the logarithms of a distribution, or the model's own after the last token where there is but one
  ///   boundary.
  /// - Throws: ``BackendError`` with the code `engineFailure` where logits at an earlier boundary are no distribution over
  ///   the vocabulary. Those at the end are returned as they are, for the caller to see.
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

  /// The tokens that begin with the bytes of others and go on, and for each the token that stands for its rest; −1
  /// where the vocabulary cannot begin to express it.
  func extensions(of tail: ArraySlice<TokenID>) -> (tokens: ArraySlice<TokenID>, rests: [Int32]) {
    let extensions = extensions(of: tail.flatMap { vocabulary.bytes(of: $0) })
    return (sorted.ids[extensions.places], extensions.rests)
  }

  /// The tokens that go on after some bytes. The few stretches that texts end in again and again are remembered.
  private func extensions(of tail: [UInt8]) -> Extensions {
    if let known = memory.withLock({ $0.extensions[tail] }) { return known }
    let places = sorted.places(extending: tail[...])
    let rests = places.map { place in
      let rest = sorted.token(at: place).dropFirst(tail.count)
      let lengths = stride(from: rest.count, to: 0, by: -1)
      return Int32(lengths.lazy.compactMap { self.vocabulary.id(forBytes: rest.prefix($0)) }.first ?? -1)
    }
    let extensions = Extensions(places: places, rests: rests)
    memory.withLock { memory in
      if memory.size > 4 * vocabulary.count { memory = Memory() }
      if memory.extensions.updateValue(extensions, forKey: tail) == nil { memory.size += rests.count + 1 }
    }
    return extensions
  }
}
