import FuzzSupport
import ModelBackends
import Testing

@testable import HuggingFaceTokenizers

@Suite("Damaged tokenizer files")
struct TokenizerFuzzTests {
  static let files = [
    "bert-uncased", "clip", "llama-legacy", "unigram-precompiled", "word-level", "prefixed", "deepseek", "unigram-nfkc",
    "unigram-bytes", "gpt2", "llama-metaspace", "roberta",
  ]

  @Test("Give a tokenizer or an error with a location")
  func json() async throws {
    let report = await Fuzzing("tokenizer", rounds: 120).run(
      on: try Self.files.map { try Fixture.bytes("\($0).tokenizer.json") }, as: .json, code: code
    ) { bytes, round in
      let name = Self.files[round % Self.files.count]
      let tokenizer = try HuggingFaceTokenizer(json: bytes, name: name)
      let text = Array("Hello, w\u{f6}rld! 12 \u{1F642}</s>".utf8) + [0xff]
      for isStart in [true, false] {
        let ids = try tokenizer.encode(text, options: EncodingOptions(isStart: isStart, readsControlTokens: !isStart))
        guard ids.allSatisfy(tokenizer.vocabulary.indices.contains) else {
          throw Fuzzing.Broken("tokens \(ids) of \(tokenizer.vocabulary.count)")
        }
      }
    }
    #expect(report.surprises.isEmpty)
    #expect(report.isTelling)
  }

  private func code(_ error: any Error) -> String? {
    guard let error = error as? TokenizerError, !error.problem.isEmpty, Self.files.contains(error.file) else {
      return nil
    }
    return error.code.rawValue
  }

  @Test("Every truncation is an error")
  func truncations() throws {
    let sound = try Fixture.bytes("word-level.tokenizer.json")
    for count in stride(from: 0, to: sound.count, by: 7) {
      #expect(throws: TokenizerError.self) { try HuggingFaceTokenizer(json: Array(sound[..<count])) }
    }
  }
}
