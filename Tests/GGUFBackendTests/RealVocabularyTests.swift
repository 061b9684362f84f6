#if LlamaCpp
  import Foundation
  import GGUFBackend
  import ModelBackends
  import Testing

  /// Vocabularies of published models, beside the repository where they are installed. `DEEPEN_VOCABULARIES` names
  /// another folder.
  enum RealVocabularies {
    static let folder: URL = {
      if let path = ProcessInfo.processInfo.environment["DEEPEN_VOCABULARIES"] { return URL(fileURLWithPath: path) }
      return repository.deletingLastPathComponent().appendingPathComponent("shared/vocabularies")
    }()

    static let advice: Comment = "The folder ../shared/vocabularies is absent (DEEPEN_VOCABULARIES)."
    static var arePresent: Bool { FileManager.default.fileExists(atPath: folder.path) }

    static func path(_ name: String) -> String { folder.appendingPathComponent("ggml-vocab-\(name).gguf").path }

    /// Each loaded once: they have up to 150,000 tokens.
    static let tokenizers = Result {
      try Dictionary(
        uniqueKeysWithValues: ["llama-spm", "llama-bpe", "qwen2", "gpt-2"].map {
          ($0, try GGUFTokenizer(file: path($0)))
        })
    }

    static func tokenizer(_ name: String) throws -> GGUFTokenizer {
      try #require(try tokenizers.get()[name])
    }
  }

  /// The root of the repository.
  let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  @Suite(
    "Published vocabularies",
    .enabled(if: RealVocabularies.arePresent, RealVocabularies.advice))
  struct RealVocabularyTests {
    @Test(
      "Vocabularies share the tokens with the same bytes",
      arguments: [
        ("llama-spm", "llama-bpe", 26_599), ("llama-spm", "qwen2", 26_342), ("llama-bpe", "qwen2", 109_566),
        ("gpt-2", "qwen2", 42_256),
      ])
    func sharedTokens(first: String, second: String, expected: Int) throws {
      let left = try RealVocabularies.tokenizer(first).vocabulary
      let right = try RealVocabularies.tokenizer(second).vocabulary
      #expect(left.textTokens.count { right.id(forBytes: left.bytes(of: $0)) != nil } == expected)
    }

    @Test("Texts become the ids that their cases list", arguments: ["llama-spm", "llama-bpe", "qwen2", "gpt-2"])
    func cases(name: String) throws {
      let path = RealVocabularies.path(name)
      let tokenizer = try RealVocabularies.tokenizer(name)
      let texts = try String(contentsOfFile: path + ".inp", encoding: .utf8)
        .components(separatedBy: "\n__ggml_vocab_test__\n")
      let ids = try String(contentsOfFile: path + ".out", encoding: .utf8).split(
        separator: "\n", omittingEmptySubsequences: false
      )
      .map { $0.split(separator: " ").compactMap { Int($0) } }
      #expect(ids.count >= texts.count && texts.count > 40)
      for (text, expected) in zip(texts, ids) {
        var tokens = try tokenizer.encode(text)
        if tokens.first == tokenizer.vocabulary.beginningOfText, !tokens.isEmpty { tokens.removeFirst() }
        #expect(tokens == expected, "\(text.debugDescription)")
        let continuation = try tokenizer.encode(Array(text.utf8), options: EncodingOptions(isStart: false))
        #expect(tokenizer.vocabulary.text(of: continuation) == Array(text.utf8), "\(text.debugDescription)")
      }
    }
  }
#endif
