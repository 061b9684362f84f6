import BackendSupport
import ModelBackends
import Testing

struct TokenizerTests {
  /// Tokenises text into single bytes.
  struct ByteTokenizer: Tokenizer {
    static let start = 256
    static let end = 257
    var vocabulary: Vocabulary {
      Vocabulary(
        known: (0..<256).map { Token(bytes: [UInt8($0)]) } + [
          Token("<s>", kind: .control), Token("</s>", kind: .control),
        ], endOfGeneration: [Self.end], beginningOfText: Self.start)
    }

    func encode(_ text: [UInt8], options: EncodingOptions) throws -> [TokenID] {
      guard !text.contains(0) else {
        throw BackendError(.tokenization, in: "bytes", "has a zero byte", remedy: "Take it out.")
      }
      return (options.isStart ? [Self.start] : []) + text.map(Int.init)
    }
  }

  let tokenizer = ByteTokenizer()

  @Test func plainTextIsAStart() throws {
    #expect(try tokenizer.encode("hi") == [256, 0x68, 0x69])
  }

  @Test func theAnswerContinuesTheText() throws {
    let context = ContextText(prompt: RenderedPrompt("a"), answer: [0x62])
    #expect(try tokenizer.encode(context) == [256, 0x61, 0x62])
  }

  @Test func theAnswerFollowsMarkup() throws {
    let prompt = RenderedPrompt(parts: [.text(Array("</s>".utf8)), .markup("</s>")])
    #expect(try tokenizer.encode(ContextText(prompt: prompt)) == [256, 0x3c, 0x2f, 0x73, 0x3e, 257])
    #expect(
      try tokenizer.encode(ContextText(prompt: prompt, answer: [0x62])) == [256, 0x3c, 0x2f, 0x73, 0x3e, 257, 0x62])
  }

  @Test func chosenTokensStayAsTheyAre() throws {
    let context = ContextText(prompt: RenderedPrompt("a"), answer: [0x62, 0x63], answerTokens: [300])
    #expect(try tokenizer.encode(context) == [256, 0x61, 300])
  }

  @Test func emptyTextHasNoTokens() throws {
    #expect(try tokenizer.encode(ContextText(prompt: RenderedPrompt(parts: []))).isEmpty)
    #expect(try tokenizer.encode(ContextText(prompt: RenderedPrompt(parts: []), answer: [0x62])) == [256, 0x62])
  }

  @Test func errorsComeThrough() {
    #expect(throws: BackendError.self) { try tokenizer.encode(ContextText(prompt: RenderedPrompt("a"), answer: [0])) }
  }
}

struct BackendDefaultsTests {
  struct Bare: ModelBackend {
    let name = "bare"
    let vocabulary = Vocabulary(known: [Token("a")])

    func makeSession() async throws -> any ModelSession { Session() }
  }

  actor Session: ModelSession {
    private let executor = EngineExecutor(label: "bare")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func predict(after context: ContextText) async throws -> Prediction {
      Prediction(logits: [Float(context.bytes.count)])
    }
  }

  @Test func optionalPartsOfABackend() async throws {
    let backend = Bare()
    #expect(backend.contextLength == nil)
    #expect(backend.chatTemplate == nil)
    for side in EmbeddingSide.allCases {
      let error = #expect(throws: BackendError.self) { try backend.embeddings(side) }
      #expect(error?.code == .noEmbeddings)
      #expect(error?.description.contains("bare: has no \(side.rawValue) embeddings") == true)
    }
    let prediction = try await backend.makeSession().predict(after: ContextText("abc"))
    #expect(prediction.logits == [3])
    #expect(prediction.work == Prediction.Work())
  }
}
