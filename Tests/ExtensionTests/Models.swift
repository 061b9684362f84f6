import DeePEn
import LinearAlgebra
import ModelBackendTesting

/// Random models over letters that can score texts, as any package could build them.
struct Models {
  private var random: SplitMix64

  init(seed: UInt64) { random = SplitMix64(seed: seed) }

  mutating func member(_ name: String, own: [String] = []) throws -> Member {
    let tokens = ["a", "b", "c", "ab", "abc"] + own + ["</s>"]
    let rows = (0..<5).map { _ in tokens.map { _ in Float.random(in: -3...3, using: &random) } }
    let elements = (0..<6 * tokens.count).map { _ in Float.random(in: -1...1, using: &random) }
    let vectors = try Matrix(rows: tokens.count, columns: 6, elements: elements)
    let base = ScriptedBackend(name: name, tokens: tokens, embeddings: vectors) { rows[$0.bytes.count % 5] }
    return Member(LetterBackend(base: base), name: name)
  }

  mutating func members() throws -> [Member] {
    [try member("main", own: ["ba"]), try member("one", own: ["cab"]), try member("two", own: ["bc", "ca"])]
  }
}

/// A scripted model that reads letters.
private struct LetterBackend: ModelBackend, Tokenizer {
  let base: ScriptedBackend
  var name: String { base.name }
  var vocabulary: Vocabulary { base.vocabulary }
  var tokenizer: (any Tokenizer)? { self }

  func embeddings(_ side: EmbeddingSide) throws -> any EmbeddingTable { try base.embeddings(side) }
  func makeSession() -> any ModelSession { base.makeSession() }
  func encode(_ text: [UInt8], options: EncodingOptions) -> [TokenID] { text.map { TokenID($0) - 0x61 } }
}

extension Ensemble {
  /// The elements of a short answer with all their properties, except for those that depend on time.
  func elements() async throws -> [GeneratedToken] {
    let options = ResponseOptions(maximumTokens: 4, candidateCount: members[0].backend.vocabulary.count)
    var elements: [GeneratedToken] = []
    for try await element in streamResponse(continuing: "abcabccabbacabcabccab", options: options) {
      elements.append(element)
    }
    return elements
  }
}
