import Ensembling
import Evaluation
import LinearAlgebra
import ModelBackendTesting
import ModelBackends
import RelativeSpace

/// Reads the longest token at each position.
struct LongestTokenizer: Tokenizer {
  let vocabulary: Vocabulary

  func encode(_ text: [UInt8], options: EncodingOptions) throws -> [TokenID] {
    var (tokens, position) = ([TokenID](), 0)
    while position < text.count {
      let length = (1...(text.count - position)).last { vocabulary.id(forBytes: text[position..<position + $0]) != nil }
      guard let length, let token = vocabulary.id(forBytes: text[position..<position + length]) else {
        throw BackendError(.tokenization, in: "test", "a byte has no token", remedy: "Use other texts.")
      }
      tokens.append(token)
      position += length
    }
    return tokens
  }
}

/// A scripted model with a tokenizer.
struct ReadingBackend: ModelBackend {
  let base: ScriptedBackend
  var name: String { base.name }
  var vocabulary: Vocabulary { base.vocabulary }
  var tokenizer: (any Tokenizer)? { LongestTokenizer(vocabulary: vocabulary) }

  func embeddings(_ side: EmbeddingSide) throws -> any EmbeddingTable { try base.embeddings(side) }
  func makeSession() async throws -> any ModelSession { base.makeSession() }
}

/// Models whose logits depend on their seed and on the length of the text.
struct StudyModels {
  var random: SplitMix64

  init(seed: Int) { random = SplitMix64(seed: UInt64(seed)) }

  mutating func matrix(_ rows: Int, _ columns: Int) -> Matrix {
    var matrix = Matrix(rows: rows, columns: columns, repeating: 0)
    for row in 0..<rows {
      for column in 0..<columns { matrix[row, column] = .random(in: -1...1, using: &random) }
    }
    return matrix
  }

  mutating func member(_ name: String, own: [String] = []) -> Member {
    let tokens = ["a", "b", "c", " "] + own + ["</s>"]
    let table = (0..<7).map { _ in (0..<tokens.count).map { _ in Float.random(in: -2...2, using: &random) } }
    let base = ScriptedBackend(name: name, tokens: tokens, embeddings: matrix(tokens.count, 6)) {
      table[$0.bytes.count % 7]
    }
    return Member(ReadingBackend(base: base))
  }
}

let studyTexts = ["abc ab", "ca b", "bbb"].map { LogitRecording.Text($0, after: .text("a ")) }
