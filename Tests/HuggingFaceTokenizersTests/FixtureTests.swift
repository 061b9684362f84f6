import Foundation
import ModelBackends
import Testing

@testable import HuggingFaceTokenizers

/// Files written by `Tools/fixtures/make_tokenizer_fixtures.py` with PyPI's `tokenizers`.
enum Fixture {
  static let names = [
    "gpt2", "roberta", "qwen2", "llama3", "deepseek", "llama-legacy", "llama-metaspace", "unigram-nfkc",
    "unigram-precompiled", "unigram-bytes", "bert-uncased", "bert-cased", "clip", "prefixed", "word-level",
    "neox", "modernbert", "deepseek-v3", "chatglm", "clip-published", "xlm-roberta", "t5", "albert",
  ]

  static func bytes(_ file: String) throws -> [UInt8] {
    let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    return [UInt8](try Data(contentsOf: folder.appendingPathComponent(file)))
  }

  static func tokenizer(_ name: String, options: HuggingFaceTokenizer.Options = .init()) throws -> HuggingFaceTokenizer
  {
    try HuggingFaceTokenizer(json: bytes("\(name).tokenizer.json"), name: name, options: options)
  }

  /// The tokenizer of a bundled model; its ids are with the others, under `bundled-NAME`.
  static func bundledTokenizer(_ name: String) throws -> HuggingFaceTokenizer {
    let file = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Examples/Models/\(name)/tokenizer.json")
    return try HuggingFaceTokenizer(file: file.path)
  }

  static func texts() throws -> [[UInt8]] {
    try document("texts.json").elements().map { try $0.bytes() }
  }

  static func document(_ file: String) throws -> JSONField {
    JSONField(value: try JSONReader.read(bytes(file), file: file), file: file, location: "")
  }
}

extension JSONField {
  /// A list of token ids.
  func ids() throws -> [TokenID] { try elements().map { try $0.count() } }
}

@Suite("Same ids as the library that writes the files")
struct FixtureTests {
  @Test("Control tokens read from the text", arguments: Fixture.names)
  func control(name: String) throws {
    try checkControl(try Fixture.tokenizer(name), ids: name)
  }

  @Test("Text alone", arguments: Fixture.names)
  func text(name: String) throws {
    try checkText(try Fixture.tokenizer(name), ids: name)
  }

  @Test("The bundled ONNX model's tokenizer")
  func bundled() throws {
    let tokenizer = try Fixture.bundledTokenizer("scholar")
    try checkControl(tokenizer, ids: "bundled-scholar")
    try checkText(tokenizer, ids: "bundled-scholar")
  }

  private func checkControl(_ tokenizer: HuggingFaceTokenizer, ids name: String) throws {
    let expected = try Fixture.document("\(name).ids.json")
    let leading = try expected.required("leading").ids()
    for (text, ids) in zip(try Fixture.texts(), try expected.required("control").elements()) {
      let found = try tokenizer.encode(text, options: EncodingOptions(isStart: true, readsControlTokens: true))
      #expect(found == leading + (try ids.ids()), "\(name): \(text[...].string.debugDescription)")
    }
  }

  private func checkText(_ tokenizer: HuggingFaceTokenizer, ids name: String) throws {
    let expected = try Fixture.document("\(name).ids.json")
    let leading = try expected.required("leading").ids()
    let control = tokenizer.addedTokens.tokens.filter(\.isSpecial).map(\.id)
    for (text, field) in zip(try Fixture.texts(), try expected.required("text").elements()) {
      let found = try tokenizer.encode(text, options: EncodingOptions(isStart: true))
      let ids = try field.ids()
      let unknown = [tokenizer.model.unknown].compactMap { $0 }
      #expect(Set(found.dropFirst(leading.count)).isDisjoint(with: Set(control).subtracting(unknown)))
      // The library's models map the spelling of a control token, `<unk>` among them, to the token; this reader
      // never does.
      if Set(ids).intersection(control).isSubset(of: found) {
        #expect(found == leading + ids, "\(name): \(text[...].string.debugDescription)")
      }
    }
  }
}
