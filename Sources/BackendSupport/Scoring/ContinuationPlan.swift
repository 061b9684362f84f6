internal import LinearAlgebra
package import ModelBackends

/// The evaluations that a model needs to score continuations of a text, and the sum over their results.
///
/// Let x be the text or the text with a continuation, U its tokens, and m₀ a boundary that all of them share. The
/// model's text begins with x if it writes U, or if it leaves U at a boundary m with a token that reaches the end of x:
///
/// ```
/// w_m  = Π p(U[i] | U[..<i]), over i from m₀ to m
/// Z(x) = w_|U| + Σ w_m·p(t | U[..<m]), over boundaries m and tokens t ≠ U[m] that begin with the bytes of U[m...]
/// P(c | text) = Z(text + c) / Z(text)
/// ```
///
/// The last token of each continuation needs no evaluation, and those before it are shared in a ``TokenTree``. With
/// ``TokenHealer``'s boundaries it is exact for a model whose tokenizer reads from left to right and that only ever
/// writes its tokenizer's own tokens. Otherwise it omits tokenisations that are not the tokenizer's.
package struct ContinuationPlan: Sendable {
  /// The source of logits: a position in the text, by the number of tokens before it, or a node of the tree.
  private enum Source: Hashable {
    case trunk(Int)
    case node(Int)
  }

  /// A text's tokens after the prefix that all share.
  private struct Path: Sendable {
    var tokens: ArraySlice<TokenID>
    /// The tree's nodes for the tokens that are not the text's; none for the last one.
    var nodes: [Int]
    /// The length of its common prefix with the text, in tokens.
    var common: Int
  }

  /// The distance before the end of the text within which a continuation may change its tokens.
  private static let reach = 16

  /// The range of token counts of the text after which logits are needed.
  package let boundaries: ClosedRange<Int>
  /// The tokens to evaluate besides the text.
  package let tree: TokenTree

  private let text: ContextTokens
  private let vocabulary: Vocabulary
  private var paths: [Path?] = []

  /// Tokenises the continuations.
  ///
  /// - Parameters:
  ///   - continuations: The possible continuations of the text.
  ///   - context: The text.
  ///   - reader: A reader of the model's tokens that has read the text, so that only its tail is read again.
  ///   - healer: The model's healer.
  ///   - vocabulary: The model's tokens, as many as it has logits.
  ///   - contextLength: The number of tokens that the model can read; longer continuations are left out.
  /// - Throws: The errors of the tokenizer for the text itself. A continuation that it cannot read is left out.
  package init(
    _ continuations: [[UInt8]], after context: ContextText, reader: ContextReader, healer: TokenHealer,
    vocabulary: Vocabulary, contextLength: Int? = nil
  ) throws {
    var reader = reader
    let text = try reader.read(context)
    let count = text.tokens.count
    let earliest = max(text.openStart, count - Self.reach, min(1, count))
    let read = continuations.map { bytes -> (tokens: [TokenID], common: Int)? in
      let tokens = Self.tokens(of: bytes, after: context, text: text, earliest: earliest, reader: reader)
      guard let tokens, tokens.allSatisfy(vocabulary.indices.contains) else { return nil }
      let common = zip(tokens, text.tokens).prefix { $0 == $1 }.count
      let isFaithful =
        vocabulary.text(of: tokens[common...]) == vocabulary.text(of: text.tokens[common...]) + bytes
      return isFaithful && tokens.count - 1 <= contextLength ?? .max ? (tokens, common) : nil
    }
    let healed = healer.boundaries(of: text, healing: context.healing)
    let base = read.reduce(healed.lowerBound) { min($0, $1?.common ?? $0) }
    var tree = TokenTree(trunk: text.tokens)
    paths = read.map { continuation in
      guard let (tokens, common) = continuation else { return nil }
      let nodes = common < tokens.count ? tree.insert(tokens[common..<tokens.count - 1], at: common) : []
      return Path(tokens: tokens[base...], nodes: nodes, common: common)
    }
    boundaries = base...count
    self.tree = tree
    self.text = text
    self.vocabulary = vocabulary
  }

  /// The tokens of a text with a continuation: the tokenizer's own for the whole, or, where those change the text's
  /// tokens too far back, the text's and then the continuation's.
  private static func tokens(
    of bytes: [UInt8], after context: ContextText, text: ContextTokens, earliest: Int, reader: ContextReader
  ) -> [TokenID]? {
    var reader = reader
    if context.answerTokens == nil {
      var longer = context
      longer.answer += bytes
      let tokens = try? reader.read(longer).tokens
      if let tokens, zip(tokens, text.tokens).prefix(while: { $0 == $1 }).count >= earliest { return tokens }
    }
    let rest = try? reader.tokenizer.encode(bytes, options: EncodingOptions(isStart: false))
    return rest.map { text.tokens + $0 }
  }

  /// The natural logarithm of the probability of each continuation; `nil` for those that were left out, and for all
  /// where the model assigns no probability to the text itself.
  ///
  /// - Parameters:
  ///   - trunk: Returns the model's logits after the given number of tokens of the text, for each of ``boundaries``.
  ///   - nodes: The logits after each node of ``tree``.
  /// - Throws: `LinearAlgebraError` where logits are not a distribution.
  /// - Complexity: O(V) for each boundary and each node.
  package func logProbabilities(trunk: (Int) -> [Float], nodes: [[Float]]) throws -> [Double?] {
    var known: [Source: [Float]] = [:]
    func distribution(_ source: Source) throws -> [Float] {
      if let distribution = known[source] { return distribution }
      let logits =
        switch source {
        case .trunk(let count): trunk(count)
        case .node(let node): nodes[node]
        }
      guard logits.count == vocabulary.count else {
        throw BackendError(
          .engineFailure, in: "the model", "it gave \(logits.count) logits for \(vocabulary.count) tokens",
          remedy: "Check that the vocabulary belongs to the model.")
      }
      let distribution = try softmax(logits)
      known[source] = distribution
      return distribution
    }
    let count = text.tokens.count
    func total(_ path: Path) throws -> Double {
      var (total, weight) = (0.0, 1.0)
      for (boundary, token) in zip(path.tokens.indices, path.tokens) {
        let source: Source =
          boundary <= path.common ? .trunk(boundary) : .node(path.nodes[boundary - path.common - 1])
        let distribution = try distribution(source)
        let tail = vocabulary.text(of: path.tokens[boundary...])
        // The model's own boundaries are certain: no other token began there.
        if !tail.isEmpty, boundary < text.chosenStart || boundary >= count {
          for other in vocabulary.tokens(beginningWith: tail) where other != token {
            total += weight * Double(distribution[other])
          }
        }
        weight *= Double(distribution[token])
      }
      return total + weight
    }
    let whole = try total(Path(tokens: text.tokens[boundaries.lowerBound...], nodes: [], common: count))
    guard whole > 0 else { return paths.map { _ in nil } }
    return try paths.map { path in
      try path.map { min(0, ElementaryFunctions.log(try total($0) / whole)) }
    }
  }
}
