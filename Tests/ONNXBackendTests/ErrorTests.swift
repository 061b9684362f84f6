import Foundation
import ModelBackends
import Testing

@testable import ONNXBackend

@Suite("Errors", .enabled(if: Engine.isInstalled, Engine.advice))
struct ErrorTests {
  @Test("A session can be used again after an error")
  func recovery() async throws {
    let session = try await Fixtures.backend("cached").makeSession()
    let text = ContextText(tokens: Fixtures.expected.text)
    let before = try await session.predict(after: text)
    let cases: [(ContextText, BackendError.Code)] = [
      (ContextText(tokens: []), .emptyPrompt),
      (ContextText(tokens: Array(repeating: 1, count: 33)), .contextOverflow),
      (ContextText(prompt: RenderedPrompt("abc"), answerTokens: [20]), .invalidArgument),
      (ContextText("z"), .tokenization),
    ]
    for (context, code) in cases {
      let error = await #expect(throws: BackendError.self) { try await session.predict(after: context) }
      #expect(error?.code == code)
      let after = try await session.predict(after: text)
      #expect(distance(after.logits, before.logits) < 1e-5)
    }
  }

  @Test("A session can be used again after the engine failed in the middle of a text")
  func engineFailure() async throws {
    // The model has positions for 32 tokens; the option claims more.
    let session = try await Fixtures.backend("cached") {
      $0.contextLength = 64
      $0.tokensPerRun = 8
    }.makeSession()
    let text = ContextText(tokens: Fixtures.expected.text)
    let before = try await session.predict(after: text)
    let error = await #expect(throws: BackendError.self) {
      try await session.predict(after: ContextText(tokens: Array(repeating: 4, count: 40)))
    }
    #expect(error?.code == .engineFailure)
    let after = try await session.predict(after: text)
    #expect(distance(after.logits, before.logits) < 1e-5)
  }

  @Test("A session can be used again after it was cancelled")
  func cancellation() async throws {
    let session = try await Fixtures.backend("cached") { $0.tokensPerRun = 1 }.makeSession()
    let text = ContextText(tokens: Fixtures.expected.text)
    let before = try await session.predict(after: text)
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await session.predict(after: ContextText(tokens: [5, 6, 7]))
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    let after = try await session.predict(after: text)
    #expect(distance(after.logits, before.logits) < 1e-5)
  }

  @Test("A run that was stopped ends with an error")
  func stop() throws {
    let runtime = try Runtime.load()
    let path = Fixtures.folder + "/uncached.onnx"
    let model = try LoadedModel(file: path, options: ONNXBackend.Options(), runtime: runtime)
    let ids = try Tensor([1, 2], as: .int64, shape: [1, 2], input: "input_ids", runtime: runtime)
    let ones = try Tensor([1, 1], as: .int64, shape: [1, 2], input: "attention_mask", runtime: runtime)
    let positions = try Tensor([0, 1], as: .int64, shape: [1, 2], input: "position_ids", runtime: runtime)
    let inputs = [("input_ids", ids), ("attention_mask", ones), ("position_ids", positions)]
    #expect(try model.run(inputs, outputs: ["logits"], stop: RunStop(runtime: runtime)).first?.shape == [1, 2, 20])
    let stop = try RunStop(runtime: runtime)
    stop.stop()
    let error = #expect(throws: BackendError.self) { try model.run(inputs, outputs: ["logits"], stop: stop) }
    #expect(error?.code == .engineFailure)
  }

  @Test("An input that the backend cannot fill is named")
  func unknownInput() throws {
    let error = #expect(throws: BackendError.self) { try Fixtures.backend("unknown-input") }
    #expect(error?.code == .unsupported)
    #expect(error?.description.contains("pixel_values: float32 [batch_size × 3 × 8 × 8]") == true)
  }

  @Test("An unavailable execution provider is an error that lists the available ones")
  func unknownProvider() throws {
    for name in ["Abacus", "AbacusExecutionProvider"] {
      let error = #expect(throws: BackendError.self) {
        try Fixtures.backend("cached") { $0.executionProviders = [.init(name, settings: ["beads": "10"])] }
      }
      #expect(error?.code == .invalidArgument)
      #expect(error?.description.contains("CPUExecutionProvider") == true)
    }
    _ = try Fixtures.backend("cached") { $0.executionProviders = [.init("CPUExecutionProvider"), .init("CPU")] }
  }

  @Test("Options out of range are refused")
  func options() {
    let cases: [(inout ONNXBackend.Options) -> Void] = [
      { $0.threads = 0 }, { $0.tokensPerRun = 0 }, { $0.contextLength = -1 },
    ]
    for configure in cases {
      let error = #expect(throws: BackendError.self) { try Fixtures.backend("cached", configure: configure) }
      #expect(error?.code == .invalidArgument)
    }
  }

  @Test("A missing file is an error that lists the files present")
  func missingModel() throws {
    let error = #expect(throws: BackendError.self) {
      try ONNXBackend(folder: Fixtures.folder, tokenizer: LetterTokenizer())
    }
    #expect(error?.code == .missingFile)
    #expect(error?.description.contains("cached-half.onnx") == true)
    let missing = #expect(throws: BackendError.self) {
      try ONNXBackend(folder: Fixtures.folder + "/nowhere", tokenizer: LetterTokenizer())
    }
    #expect(missing?.code == .missingFile)
  }

  @Test("config.json may be missing only where the caller says what it would")
  func missingConfiguration() throws {
    try Fixtures.withTemporaryFolder { folder in
      let copy = folder + "/model.onnx"
      try FileManager.default.copyItem(atPath: Fixtures.folder + "/cached.onnx", toPath: copy)
      let error = #expect(throws: BackendError.self) {
        try ONNXBackend(folder: folder, tokenizer: LetterTokenizer())
      }
      #expect(error?.code == .missingFile)
      #expect(error?.subject.hasSuffix("config.json") == true)
      var options = ONNXBackend.Options()
      options.contextLength = 32
      #expect(try ONNXBackend(folder: folder, tokenizer: LetterTokenizer(), options: options).contextLength == 32)
      try Data("{".utf8).write(to: URL(fileURLWithPath: folder + "/config.json"))
      let damaged = #expect(throws: BackendError.self) {
        try ONNXBackend(folder: folder, tokenizer: LetterTokenizer(), options: options)
      }
      #expect(damaged?.code == .invalidFile)
    }
  }
}
