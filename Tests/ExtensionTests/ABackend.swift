import BackendSupport
import DeePEn
import ModelBackendTesting
import Testing

/// A backend in one file, from public names alone: a model that repeats earlier text.
private struct EchoBackend: ModelBackend {
  let name = "echo"
  let bytes: ByteTokenizer

  var vocabulary: Vocabulary { bytes.vocabulary }
  var tokenizer: (any Tokenizer)? { bytes }

  init() throws {
    let words = ["th", "the", " the", " th"].map { Token($0) }
    let tokens = (0...UInt8.max).map { Token(bytes: [$0], kind: .byte) } + words
    let end = Token("<end>", kind: .control)
    bytes = ByteTokenizer(vocabulary: try Vocabulary(tokens: tokens + [end], endOfGeneration: [tokens.count]))
  }

  func makeSession() async throws -> any ModelSession {
    try await TextSession(of: self, tokenizer: bytes) { [count = vocabulary.count] tokens in
      // The next token is likely one that followed the last one before.
      var logits = [Float](repeating: 0, count: count)
      for (token, next) in zip(tokens, tokens.dropFirst()) where token == tokens.last { logits[next] += 2 }
      return logits
    }
  }
}

/// The longest token first.
private struct ByteTokenizer: Tokenizer {
  let vocabulary: Vocabulary

  func encode(_ text: [UInt8], options: EncodingOptions) -> [TokenID] {
    var (tokens, rest) = ([TokenID](), text[...])
    while let byte = rest.first {
      let lengths = stride(from: min(4, rest.count), to: 1, by: -1)
      let token = lengths.lazy.compactMap { vocabulary.id(forBytes: rest.prefix($0)) }.first ?? TokenID(byte)
      tokens.append(token)
      rest = rest.dropFirst(vocabulary.bytes(of: token).count)
    }
    return tokens
  }
}

@Suite("A custom backend") struct ABackend {
  @Test("Passes the conformance checks") func conforms() async throws {
    let check = BackendConformance(of: try EchoBackend())
    #expect(try await check.check(texts: ["the other the", "1 + 1 =", "then"]) == [])
    #expect(try await check.checkHistory(prompts: ["the other the", "the other", "1 + 1 ="]) == [])
  }

  @Test("Answers with another model") func answers() async throws {
    let echo = Member(try EchoBackend(), template: TextTemplate("{prompt}"))
    let other = Member(ScriptedBackend(tokens: [" ", "the", "</s>"]) { _ in [0, 1, 0] })
    let options = ResponseOptions(maximumTokens: 5)
    let answer = try await Ensemble(main: echo, assistants: [other]).respond(to: "the the the", options: options)
    #expect(!answer.text.isEmpty)
  }
}
