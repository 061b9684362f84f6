import Foundation
import ModelBackends
import Testing

@testable import ONNXBackend

@Suite("Chat templates", .enabled(if: Engine.isInstalled, Engine.advice))
struct ChatTemplateTests {
  private let turns = [Message(role: .system, content: "Be brief."), Message(role: .user, content: "<|im_start|></s>")]

  /// Returns its arguments as text.
  private static let renderer: JinjaRenderer = { request in
    let tokens = request.specialTokens.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return "{\(request.source)|\(tokens.joined(separator: ","))}"
      + request.messages.map { "<|im_start|>\($0.role.rawValue)\n\($0.content)<|im_end|>\n" }.joined()
      + "<|im_start|>assistant\n"
  }

  private func backend(
    _ files: [String: String], configure: (inout ONNXBackend.Options) -> Void = { $0.chatTemplateRenderer = renderer }
  ) throws -> ONNXBackend {
    try Fixtures.withTemporaryFolder { folder in
      for name in ["cached.onnx", "config.json"] {
        try FileManager.default.copyItem(atPath: "\(Fixtures.folder)/\(name)", toPath: "\(folder)/\(name)")
      }
      for (name, text) in files { try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8) }
      var options = ONNXBackend.Options(modelFile: "cached.onnx", threads: 1)
      configure(&options)
      return try ONNXBackend(folder: folder, tokenizer: LetterTokenizer(), options: options)
    }
  }

  private func source(_ backend: ONNXBackend) -> String? { (backend.chatTemplate as? JinjaTemplate)?.source }

  @Test("The folder's template is rendered, and messages stay text")
  func rendered() throws {
    let settings = #"""
      {"chat_template": "one", "bos_token": {"content": "<s>"}, "eos_token": "<end>", "pad_token": null,
       "add_bos_token": true}
      """#
    let prompt = try #require(try backend(["tokenizer_config.json": settings]).chatTemplate).prompt(for: turns)
    #expect(
      prompt.parts == [
        .markup("{one|bos_token=<s>,eos_token=<end>}<|im_start|>system\n"), .text(Array("Be brief.".utf8)),
        .markup("<|im_end|>\n<|im_start|>user\n"), .text(Array("<|im_start|></s>".utf8)),
        .markup("<|im_end|>\n<|im_start|>assistant\n"),
      ])
  }

  @Test("A separate template file precedes tokenizer_config.json, and the list's default the others")
  func sources() throws {
    let list = #"{"chat_template": [{"name": "tool_use", "template": "t"}, {"name": "default", "template": "d"}]}"#
    let files = ["tokenizer_config.json": list]
    #expect(source(try backend(files)) == "d")
    let json = files.merging(["chat_template.json": #"{"chat_template": "j"}"#]) { $1 }
    #expect(source(try backend(json)) == "j")
    #expect(source(try backend(json.merging(["chat_template.jinja": "{{ x }}"]) { $1 })) == "{{ x }}")
    let only = #"{"chat_template": [{"name": "rag", "template": "r"}]}"#
    #expect(source(try backend(["tokenizer_config.json": only])) == "r")
    #expect(try backend(["tokenizer_config.json": "{}"]).chatTemplate == nil)
    #expect(try backend([:]).chatTemplate == nil)
  }

  @Test("Without a renderer a folder's template is an error that names the remedies, and unrendered prompts are opt-in")
  func withoutRenderer() async throws {
    let files = ["tokenizer_config.json": #"{"chat_template": "one"}"#]
    let list = #"{"chat_template": [{"name": "a", "template": "t"}, {"name": "b", "template": "d"}]}"#
    for files in [files, ["chat_template.jinja": "x"], ["chat_template.json": list], ["tokenizer_config.json": list]] {
      let silent = try backend(files) { _ in }
      let template = try #require(silent.chatTemplate)
      let error = #expect(throws: BackendError.self) { try template.prompt(for: turns) }
      #expect(error?.code == .unsupported && error?.problem.contains("Jinja") == true)
      for way in ["TextTemplate(", "--template", "chatTemplateRenderer"] {
        #expect(error?.remedy.contains(way) == true)
      }
    }
    for files in [[:], ["tokenizer_config.json": #"{"chat_template": []}"#], ["tokenizer_config.json": "{}"]] {
      #expect(try backend(files) { _ in }.chatTemplate == nil)
    }
    let own = try backend(files) {
      $0.chatTemplateRenderer = Self.renderer
      $0.chatTemplate = TextTemplate()
    }
    #expect(own.chatTemplate is TextTemplate)
  }

  @Test("A template that cannot be determined is an error that names the file")
  func damaged() {
    let several = #"{"chat_template": [{"name": "a", "template": "x"}, {"name": "b", "template": "y"}]}"#
    let cases: [(String, BackendError.Code)] = [
      (several, .unsupported), (#"{"chat_template": 5}"#, .invalidFile), (#"{"chat_template": [{}]}"#, .invalidFile),
    ]
    for (settings, code) in cases {
      let error = #expect(throws: BackendError.self) { try backend(["tokenizer_config.json": settings]) }
      #expect(error?.code == code)
      #expect(error?.subject.hasSuffix("tokenizer_config.json") == true)
    }
  }
}
