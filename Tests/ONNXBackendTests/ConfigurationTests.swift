import Foundation
import ModelBackends
import Testing

@testable import ONNXBackend

@Suite("Model metadata")
struct ConfigurationTests {
  @Test("Vocabulary, context and end tokens", .enabled(if: Engine.isInstalled, Engine.advice))
  func description() throws {
    let backend = try Fixtures.backend("cached") { $0.chatTemplate = TextTemplate("Q: {prompt}") }
    #expect(backend.contextLength == 32)
    #expect(backend.vocabulary.count == 20)
    #expect(backend.vocabulary[16] == Token("q"))
    #expect(backend.vocabulary[17].kind == .control)
    #expect(backend.vocabulary[18] == Token(bytes: [], kind: .unused))
    // tokenizer_config.json says "<end>", generation_config.json 2 and 16, config.json 2.
    #expect(backend.vocabulary.endOfGeneration == [17, 2, 16])
    #expect(backend.chatTemplate != nil)
    #expect(backend.name == "Fixtures")
  }

  @Test(
    "A beginning-of-text token that the files name is an end, unless it is text",
    .enabled(if: Engine.isInstalled, Engine.advice))
  func beginnings() throws {
    func ends(_ generation: String) throws -> [TokenID] {
      try Fixtures.withTemporaryFolder { folder in
        for name in ["cached.onnx", "config.json"] {
          try FileManager.default.copyItem(atPath: "\(Fixtures.folder)/\(name)", toPath: "\(folder)/\(name)")
        }
        try generation.write(toFile: "\(folder)/generation_config.json", atomically: true, encoding: .utf8)
        let options = ONNXBackend.Options(modelFile: "cached.onnx", threads: 1)
        return try ONNXBackend(folder: folder, tokenizer: LetterTokenizer(), options: options)
          .vocabulary.endOfGeneration
      }
    }
    #expect(try ends(#"{"eos_token_id": [16, 3], "bos_token_id": 17}"#) == [16, 3, 2, 17])
    #expect(try ends(#"{"eos_token_id": 16, "bos_token_id": 4}"#) == [16, 2])
    #expect(try ends(#"{"eos_token_id": 16, "bos_token_id": "none"}"#) == [16, 2])
  }

  @Test(
    "A state's input and output are recognised",
    arguments: [
      ("past_key_values.0.key", "present.0.key"), ("past_key_values.3.decoder.value", "present.3.decoder.value"),
      ("past_key_values.0.key", "present_key_values.0.key"), ("past_0", "present_0"), ("past_conv.2", "present_conv.2"),
      ("past_ssm.0", "present.ssm.0"), ("conv_state.1", "present.conv_state.1"),
    ])
  func stateNames(input: String, output: String) {
    #expect(StateSlot.key(ofInput: input) == StateSlot.key(ofOutput: output))
  }

  @Test("Other outputs are no states")
  func otherOutputs() {
    #expect(StateSlot.key(ofOutput: "logits") == nil)
    #expect(StateSlot.key(ofOutput: "hidden_states.0") == nil)
  }

  @Test("The shape of a state before the first token")
  func stateShapes() throws {
    func slot(_ extents: [TensorInfo.Extent]) throws -> StateSlot {
      let input = TensorInfo(name: "past_key_values.0.key", type: .float32, extents: extents)
      let output = TensorInfo(name: "present.0.key", type: .float32, extents: extents)
      return try StateSlot(
        input: input, output: output, batch: "batch_size", configuration: configuration, subject: "model.onnx")
    }
    let batch = TensorInfo.Extent.symbolic("batch_size")
    let past = TensorInfo.Extent.symbolic("past_sequence_length")
    let unnamed = TensorInfo.Extent.symbolic("")
    let cases: [([TensorInfo.Extent], [Int], Int?)] = [
      ([batch, .fixed(4), past, .fixed(8)], [1, 4, 0, 8], 2),
      ([batch, .symbolic("num_heads"), past, .symbolic("head_dim")], [1, 3, 0, 5], 2),
      ([unnamed, .fixed(4), unnamed, .fixed(8)], [1, 4, 0, 8], 2),
      ([unnamed, unnamed, unnamed, unnamed], [1, 3, 0, 5], 2),
      ([.symbolic("batch_size x num_heads"), .fixed(8), past], [3, 8, 0], 2),
      ([.fixed(2), batch, .fixed(4), past, .fixed(8)], [2, 1, 4, 0, 8], 3),
      ([batch, .fixed(64), .fixed(3)], [1, 64, 3], nil),
    ]
    for (extents, shape, axis) in cases {
      let slot = try slot(extents)
      #expect(slot.initialShape == shape)
      #expect(slot.tokenAxis == axis)
    }
    let error = #expect(throws: BackendError.self) { try slot([batch, .symbolic("this"), .symbolic("that")]) }
    #expect(error?.code == .unsupported)
  }

  @Test("Sizes beyond any model are damage, and no memory is taken for them", arguments: [1 << 25, 1 << 40, Int.max])
  func impossibleSizes(size: Int) throws {
    let configuration = try configuration(
      #"{"vocab_size": \#(size), "num_attention_heads": \#(size), "head_dim": \#(size), "n_ctx": 99}"#)
    let batch = TensorInfo.Extent.symbolic("batch_size")
    let ids = TensorInfo(name: "input_ids", type: .int64, extents: [batch, .symbolic("sequence_length")])
    let logits = TensorInfo(
      name: "logits", type: .float32, extents: [batch, .symbolic("sequence_length"), .symbolic("n")])
    let signature = #expect(throws: BackendError.self) {
      try ModelSignature(inputs: [ids], outputs: [logits], configuration: configuration, subject: "model.onnx")
    }
    #expect(signature?.code == .invalidFile)
    let extents = [batch, .symbolic("heads"), .symbolic("past"), .symbolic("size")]
    let slot = #expect(throws: BackendError.self) {
      try StateSlot(
        input: TensorInfo(name: "past_key_values.0.key", type: .float32, extents: extents),
        output: TensorInfo(name: "present.0.key", type: .float32, extents: extents), batch: "batch_size",
        configuration: configuration, subject: "model.onnx")
    }
    #expect(slot?.code == .invalidFile)
  }

  @Test(
    "The window of attention is read under the names that families give it",
    arguments: [
      (#"{"n_ctx": 99, "sliding_window": 12}"#, 12), (#"{"n_ctx": 99, "window_size": 7}"#, 7),
      (#"{"text_config": {"n_ctx": 99, "sliding_window": 5}}"#, 5), (#"{"n_ctx": 99, "sliding_window": null}"#, nil),
      (#"{"n_ctx": 99}"#, nil),
    ] as [(String, Int?)])
  func attentionWindow(json: String, window: Int?) throws {
    #expect(try configuration(json).attentionWindow == window)
  }

  private var configuration: ModelConfiguration {
    get throws {
      try configuration(
        #"{"text_config": {"num_attention_heads": 6, "num_key_value_heads": 3, "head_dim": 5, "n_ctx": 99}}"#)
    }
  }

  private func configuration(_ json: String) throws -> ModelConfiguration {
    try Fixtures.withTemporaryFolder { folder in
      try write(json, to: folder + "/config.json")
      try write("", to: folder + "/model.onnx")
      return try ModelConfiguration(ModelFolder(path: folder + "/", modelFile: nil), isRequired: true)
    }
  }

  @Test("A text model's own part of config.json counts")
  func textPart() throws {
    let configuration = try configuration
    #expect(configuration.contextLength == 99)
    #expect(configuration.keyValueHeads == 3)
    #expect(configuration.headSize == 5)
    #expect(!configuration.tiesEmbeddings)
  }

  private func write(_ text: String, to path: String) throws {
    try text.write(toFile: path, atomically: true, encoding: .utf8)
  }
}
