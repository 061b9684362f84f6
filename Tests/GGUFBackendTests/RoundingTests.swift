#if LlamaCpp
  import Foundation
  import GGUFBackend
  import ModelBackends
  import Testing

  /// The dependence of real quantised models' logits on the number of tokens that are read at once, and its cost.
  ///
  /// Prints the figures of Reliability.md.
  @Suite("Batches of real models", .serialized, .enabled(if: RealModels.folder != nil, RealModels.advice))
  struct RoundingTests {
    private static func logits(_ model: GGUFBackend, after texts: [String]) async throws -> [[Float]] {
      let session = try await model.makeSession()
      var answers: [[Float]] = []
      for text in texts { answers.append(try await session.predict(after: ContextText(text, healing: .off)).logits) }
      return answers
    }

    @Test("Another length of batches rounds in another way", arguments: RealModels.names, [false, true])
    func difference(name: String, isFlash: Bool) async throws {
      let words = RealModels.text.split(separator: " ")
      let texts = stride(from: 24, through: words.count, by: 24).map { words.prefix($0).joined(separator: " ") }
      func logits(_ batchSize: Int) async throws -> [[Float]] {
        let options = GGUFBackend.Options(
          threads: 1, contextLength: 512, batchSize: batchSize, usesFlashAttention: isFlash)
        return try await Self.logits(GGUFBackend(file: RealModels.path(name), options: options), after: texts)
      }
      let (one, many) = (try await logits(1), try await logits(512))
      let differences = zip(one, many).map { zip($0, $1).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) } }
      let largest = differences.max() ?? 0
      print("\(name), flash attention \(isFlash): largest difference \(largest) over \(texts.count) texts")
      // No difference amounts to another model's answer: logits of real models spread over 30 and more.
      #expect(largest > 0 && largest < 6)
      #expect(try await logits(512) == many)
    }

    @Test("Savings by longer batches", arguments: RealModels.names)
    func speed(name: String) async throws {
      for batchSize in [1, 16, 32, 64, 128, 256] {
        let options = GGUFBackend.Options(threads: 1, contextLength: 512, batchSize: batchSize)
        let model = try GGUFBackend(file: RealModels.path(name), options: options)
        // The first text also reads the weights from the disk.
        _ = try await Self.logits(model, after: ["Once"])
        let start = clock()
        let work = try await model.makeSession().predict(after: ContextText(RealModels.text + RealModels.text)).work
        let seconds = Double(clock() - start) / Double(CLOCKS_PER_SEC)
        #expect(work.evaluated > 256)
        print(
          "\(name), batches of \(batchSize): \(Int(Double(work.evaluated) / seconds)) tokens a second of processor time"
        )
      }
    }
  }
#endif
