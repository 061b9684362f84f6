import Foundation
import ModelBackends
import Testing

@testable import HuggingFaceTokenizers

/// Tokenizers built from the vocabularies of published models by `Tools/fixtures/make_vocabulary_tokenizers.py`; too
/// large to keep here.
enum PublishedVocabulary {
  static let folder = ProcessInfo.processInfo.environment["DEEPEN_VOCABULARY_TOKENIZERS"].map {
    URL(fileURLWithPath: $0, isDirectory: true)
  }

  static func field(_ file: String) throws -> JSONField {
    let bytes = [UInt8](try Data(contentsOf: try #require(folder).appendingPathComponent(file)))
    return JSONField(value: try JSONReader.read(bytes, file: file), file: file, location: "")
  }

  static func load(_ name: String) throws -> HuggingFaceTokenizer {
    let count = try field("\(name).ids.json").required("count").count()
    let url = try #require(folder).appendingPathComponent("\(name).tokenizer.json")
    return try HuggingFaceTokenizer(file: url.path, options: .init(vocabularyCount: count))
  }
}

@Suite(
  "Published vocabularies",
  .enabled(
    if: PublishedVocabulary.folder != nil,
    "Set DEEPEN_VOCABULARY_TOKENIZERS to the folder that Tools/fixtures/make_vocabulary_tokenizers.py wrote."))
struct PublishedVocabularyTests {
  @Test("Same ids as the library that writes the files", arguments: ["gpt-2", "llama-bpe", "qwen2", "llama-spm"])
  func ids(name: String) throws {
    let tokenizer = try PublishedVocabulary.load(name)
    let texts = try PublishedVocabulary.field("texts.json").elements().map { try $0.bytes() }
    let expected = try PublishedVocabulary.field("\(name).ids.json")
    let leading = try expected.required("leading").ids()
    for (mode, reads) in [("control", true), ("text", false)] {
      for (text, ids) in zip(texts, try expected.required(mode).elements()) {
        let found = try tokenizer.encode(text, options: EncodingOptions(isStart: true, readsControlTokens: reads))
        #expect(found == leading + (try ids.ids()), "\(name), \(mode): \(text[...].string.debugDescription)")
      }
    }
  }

  @Test(
    "Tokens shared by their bytes",
    arguments: [
      ("llama-spm", "llama-bpe", 26_599), ("llama-spm", "qwen2", 26_342), ("llama-bpe", "qwen2", 109_566),
      ("gpt-2", "qwen2", 42_256), ("gpt-2", "llama-bpe", 43_209),
    ])
  func shared(left: String, right: String, count: Int) throws {
    let left = try PublishedVocabulary.load(left).vocabulary
    let right = try PublishedVocabulary.load(right).vocabulary
    #expect(left.textTokens.count { right.id(forBytes: left.bytes(of: $0)) != nil } == count)
  }
}
