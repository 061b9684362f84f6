#if LlamaCpp
  import BackendSupport
  import Foundation
  import LinearAlgebra
  import ModelBackends
  import ONNXBackend
  import Testing

  @testable import GGUFBackend

  /// SmolLM2 from its GGUF file against the ONNX form that `Tools/real-models` computes from the same file.
  @Suite("A model as GGUF and as ONNX", .serialized, .enabled(if: RealModels.hasConverted, RealModels.conversionAdvice))
  struct ConvertedModelTests {
    private func models() throws -> (gguf: GGUFBackend, onnx: ONNXBackend) {
      var settings = ONNXBackend.Options(threads: 2)
      settings.chatTemplateRenderer = GGUFTemplate.render
      let options = GGUFBackend.Options(threads: 2, contextLength: 1024, usesFlashAttention: false)
      return (
        try GGUFBackend(file: RealModels.path("smollm2-135m"), options: options),
        try ONNXBackend(folder: RealModels.converted, options: settings)
      )
    }

    @Test("The tokens are the same, and hard texts are tokenised in the same way")
    func tokens() throws {
      let (gguf, onnx) = try models()
      let (first, second) = (gguf.ggufTokenizer, try #require(onnx.tokenizer))
      #expect(first.vocabulary.count == second.vocabulary.count)
      for token in first.vocabulary.indices {
        try #require(first.vocabulary.bytes(of: token) == second.vocabulary.bytes(of: token), "token \(token)")
        try #require(first.vocabulary.kind(of: token) == second.vocabulary.kind(of: token), "token \(token)")
      }
      var count = 0
      for seed in 0..<400 {
        var texts = HardTexts(seed: UInt64(seed))
        let text = seed % 4 == 0 ? texts.prose(words: 40) : texts.text(pieces: 1 + seed % 60)
        for isStart in [true, false] {
          for readsControl in [true, false] {
            let options = EncodingOptions(isStart: isStart, readsControlTokens: readsControl)
            let expected = try first.encode(text, options: options)
            let found = try second.encode(text, options: options)
            count += expected.count
            try #require(found == expected, "seed \(seed): \(String(decoding: text, as: UTF8.self).debugDescription)")
          }
        }
      }
      print("smollm2-135m: \(count) tokens of 1600 hard texts are the same as GGUF and as ONNX")
    }

    @Test("The chat template and the ends of an answer are the same")
    func conversations() throws {
      let (gguf, onnx) = try models()
      let turns = [
        Message(role: .user, content: "Who wrote <|im_end|> Hamlet?"),
        Message(role: .assistant, content: "Shakespeare"), Message(role: .user, content: "When?"),
      ]
      let expected = try #require(try gguf.chatTemplate?.prompt(for: turns))
      #expect(try onnx.chatTemplate?.prompt(for: turns) == expected)
      let context = ContextText(prompt: expected)
      #expect(try onnx.tokenizer?.encode(context) == gguf.ggufTokenizer.encode(context))
      #expect(Set(onnx.vocabulary.endOfGeneration) == Set(gguf.vocabulary.endOfGeneration))
    }

    @Test("The embeddings are the same numbers")
    func embeddings() throws {
      let (gguf, onnx) = try models()
      for side in [EmbeddingSide.input, .output] {
        let (first, second) = (try gguf.embeddings(side), try onnx.embeddings(side))
        #expect(first.count == second.count && first.dimension == second.dimension)
        for start in stride(from: 0, to: first.count, by: 4096) {
          let range = start..<min(first.count, start + 4096)
          try #require(try first.rows(range) == second.rows(range), "\(side), \(range)")
        }
      }
    }

    @Test("Logits along a text differ by llama.cpp's rounding of activations alone")
    func logits() async throws {
      let (gguf, onnx) = try models()
      let context = ContextText(prompt: RenderedPrompt(""), answer: Array(RealModels.longText.utf8), healing: .off)
      let tokenizer = gguf.ggufTokenizer
      var lengths: [Int] = []
      for token in try tokenizer.encode(context).dropLast() {
        lengths.append((lengths.last ?? 0) + tokenizer.vocabulary.bytes(of: token).count)
      }
      // A prefix that is tokenised differently would be read after other tokens in both; they are the same tokens.
      let prefixes = lengths.map { ContextText.Prefix(byteCount: $0) }
      func rows(_ model: any ModelBackend) async throws -> [[Float]] {
        let session = try await model.makeSession()
        var rows: [[Float]] = []
        for start in stride(from: 0, to: prefixes.count, by: 64) {
          let piece = Array(prefixes[start..<min(prefixes.count, start + 64)])
          rows += try await session.predictions(after: piece, of: context).map { try #require($0).logits }
        }
        return rows
      }
      let (first, second) = (try await rows(gguf), try await rows(onnx))
      var differences: [Float] = []
      var largest: Float = 0
      var divergences: [Float] = []
      var agreements = 0
      for (row, other) in zip(first, second) {
        // Every 16th of the tokens is enough for a median.
        differences += stride(from: 0, to: row.count, by: 16).map { abs(row[$0] - other[$0]) }
        largest = zip(row, other).reduce(largest) { max($0, abs($1.0 - $1.1)) }
        let (p, q) = (logSoftmax(row), logSoftmax(other))
        divergences.append(zip(p, q).reduce(Float(0)) { $0 + exp($1.0) * ($1.0 - $1.1) })
        agreements += row.firstIndex(of: row.max() ?? 0) == other.firstIndex(of: other.max() ?? 0) ? 1 : 0
      }
      differences.sort()
      divergences.sort()
      let median = differences[differences.count / 2]
      let mean = divergences.reduce(0, +) / Float(divergences.count)
      print(
        "smollm2-135m, GGUF against ONNX after \(first.count) tokens: logits differ by at most \(largest), in the "
          + "median by \(median); divergence \(mean) nats in the mean, \(divergences.last ?? 0) at most; the likeliest "
          + "token is the same \(agreements) times")
      #expect(first.count > 280)
      #expect(largest < 2 && median < 0.2 && mean < 0.01)
    }

    private func logSoftmax(_ row: [Float]) -> [Float] {
      let highest = row.max() ?? 0
      let sum = row.reduce(Double(0)) { $0 + exp(Double($1 - highest)) }
      return row.map { $0 - highest - Float(log(sum)) }
    }
  }
#endif
