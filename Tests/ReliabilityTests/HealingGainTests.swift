#if LlamaCpp
  import DeePEn
  import Foundation
  import GGUFBackend
  import LinearAlgebra
  import Testing
  import HuggingFaceTokenizers

  /// The gain of healing on real models: they are asked for the next byte at every byte, as an assistant of a model
  /// with shorter tokens is.
  @Suite(
    "Healed answers of real models", .enabled(if: BundledEnsemble.isAvailable, BundledEnsemble.advice),
    .timeLimit(.minutes(20))) struct HealingGainTests
  {
    private static let questions: [String] = {
      let file = BundledEnsemble.models.deletingLastPathComponent().appending(path: "Questions/test.jsonl")
      struct Question: Decodable {
        var question: String
        var answer: String
      }
      let lines = (try? String(contentsOf: file, encoding: .utf8))?.split(separator: "\n") ?? []
      let all = lines.compactMap { try? JSONDecoder().decode(Question.self, from: Data($0.utf8)) }
      return stride(from: 0, to: all.count, by: 60).map { "Question: \(all[$0].question)\nAnswer: \(all[$0].answer)" }
    }()

    @Test("Are near those at the model's own boundaries, where unhealed ones are far off", arguments: [0, 1, 2])
    func bitsPerByte(model: Int) async throws {
      let pair = try BundledEnsemble(contextLength: 256)
      let wordsmith = try GGUFBackend(file: BundledEnsemble.models.appending(path: "wordsmith/wordsmith.gguf").path)
      let scholarTokenizer = try HuggingFaceTokenizer(
        file: BundledEnsemble.models.appending(path: "scholar/tokenizer.json").path)
      let models: [(any ModelBackend, any Tokenizer)] = [
        (pair.atlas, pair.atlas.ggufTokenizer), (pair.scholar, scholarTokenizer), (wordsmith, wordsmith.ggufTokenizer),
      ]
      let (backend, tokenizer) = models[model]
      try #require(Self.questions.count > 8)
      let plain = try await bits(of: backend, healing: .off)
      let healed = try await bits(of: backend, healing: .standard)
      let own = try await ownBits(of: backend, tokenizer)
      print(
        String(
          format: "%@: %.2f bits a byte as it is, %.2f healed, %.2f at its own boundaries", backend.name, plain, healed,
          own))
      #expect(healed < 0.5 * plain)
      #expect(healed < 1.5 * own)
    }

    /// The mean of −log₂ p(next byte), over all bytes of all texts.
    private func bits(of backend: any ModelBackend, healing: TokenHealing) async throws -> Double {
      var (sum, count) = (0.0, 0)
      for question in Self.questions {
        let bytes = Array(question.utf8)
        let session = try await backend.makeSession()
        for length in 1..<bytes.count {
          let context = ContextText(
            prompt: RenderedPrompt(parts: [.text(Array(bytes[..<1]))]), answer: Array(bytes[1..<length]),
            healing: healing)
          let distribution = try softmax(try await session.predict(after: context).logits)
          sum -= log2(max(probability(of: bytes[length], in: distribution, of: backend.vocabulary), 1e-12))
          count += 1
        }
      }
      return sum / Double(count)
    }

    private func probability(of byte: UInt8, in distribution: [Float], of vocabulary: Vocabulary) -> Double {
      var (match, all) = (0.0, 0.0)
      for (token, probability) in distribution.enumerated() where vocabulary.kind(of: token).isText {
        guard let first = vocabulary.bytes(of: token).first else { continue }
        all += Double(probability)
        if first == byte { match += Double(probability) }
      }
      return all > 0 ? match / all : 0
    }

    /// The model's own score of the same texts: −log₂ p(token) per byte, over its own tokens.
    private func ownBits(of backend: any ModelBackend, _ tokenizer: any Tokenizer) async throws -> Double {
      var (sum, count) = (0.0, 0)
      for question in Self.questions {
        let tokens = try tokenizer.encode(question)
        let session = try await backend.makeSession()
        let first = try #require(tokens.firstIndex { backend.vocabulary.kind(of: $0).isText })
        for index in (first + 1)..<tokens.count {
          let context = ContextText(prompt: RenderedPrompt(parts: []), answerTokens: Array(tokens[..<index]))
          let distribution = try softmax(try await session.predict(after: context).logits)
          sum -= log2(max(Double(distribution[tokens[index]]), 1e-12))
          count += backend.vocabulary.bytes(of: tokens[index]).count
        }
      }
      return sum / Double(count)
    }
  }
#endif
