import DeePEn
import ModelBackendTesting

// Stand-ins for names that documents assume of a reader. `NGramBackend`, beside this file, is the example of the guide
// to backends.

let atlas = Member(ScriptedBackend(name: "atlas", tokens: ["yes", "no", "</s>"]) { _ in [1, 0, 2] })
let scholar = Member(ScriptedBackend(name: "scholar", tokens: ["no", "yes", "</s>"]) { _ in [0, 1, 2] })
let template = TextTemplate("Question: {prompt}\nAnswer:")

let tokenizer: any Tokenizer = WordTokenizer()
let prompt = RenderedPrompt("Question: What is the opposite of hot?\nAnswer:")
let text = Array(String(repeating: " cold, and as cold as it gets", count: 40).utf8)
let context = ContextText(prompt: prompt, answer: text)
let vectors = Matrix(rows: 3, columns: 2, known: [1, 0, 0, 1, 1, 1])

/// The example's own tokenizer.
private let givenWords: NGramTokenizer = {
  do { return try NGramBackend(text: "hot and cold").words } catch { preconditionFailure("\(error)") }
}()

/// The example's tokenizer, which tokenises the words of a text separately, so that texts can be cut between words.
struct WordTokenizer: Tokenizer {
  private let base = givenWords

  var vocabulary: Vocabulary { base.vocabulary }

  func encode(_ text: [UInt8], options: EncodingOptions) -> [TokenID] { base.encode(text, options: options) }

  func canCut(_ text: [UInt8], at index: Int) -> Bool { text[index] == UInt8(ascii: " ") }
}

/// A reader's backend.
struct MyBackend: ModelBackend {
  let name = "mine"
  let words = givenWords
  let contextLength: Int? = nil

  var vocabulary: Vocabulary { words.vocabulary }

  func logits(after tokens: [TokenID]) -> [Float] { Array(repeating: 0, count: vocabulary.count) }

  func embeddings(_ side: EmbeddingSide) -> any EmbeddingTable {
    Matrix(rows: vocabulary.count, columns: 1, known: Array(repeating: 1, count: vocabulary.count))
  }

  func makeSession() -> any ModelSession {
    ScriptedBackend(vocabulary: vocabulary) { [self] _ in logits(after: []) }.makeSession()
  }
}

/// A reader's interpreter of Jinja.
enum MyJinja {
  static func render(
    _ source: String, messages: [[String: String]], variables: [String: String], addGenerationPrompt: Bool
  ) throws -> String {
    messages.compactMap { $0["content"] }.joined()
  }
}

/// Two models with vectors.
enum GivenModels {
  static let one = ScriptedBackend(name: "one", tokens: ["a", "b", "</s>"], embeddings: vectors) { _ in [0, 1, 0] }
  static let other = ScriptedBackend(name: "other", tokens: ["b", "a", "</s>"], embeddings: vectors) { _ in [1, 0, 0] }
}
