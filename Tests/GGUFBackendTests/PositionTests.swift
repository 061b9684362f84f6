#if LlamaCpp
  import BackendSupport
  import Foundation
  import LinearAlgebra
  import ModelBackendTesting
  import ModelBackends
  import Testing

  @testable import GGUFBackend

  /// Predictions at many positions of a text in one call.
  @Suite("Positions")
  struct PositionTests {
    private static let options = GGUFBackend.Options(threads: 1, batchSize: 16)

    /// The prefixes of a text in ascending order, cut at random.
    private func prefixes(_ count: Int, of answer: [UInt8], _ random: inout SeededRandom) -> [ContextText.Prefix] {
      Set((0..<count).map { _ in Int.random(in: 0...answer.count, using: &random) }).sorted().map {
        ContextText.Prefix(byteCount: $0)
      }
    }

    private func distance(_ first: [Float], _ second: [Float]) -> Float {
      guard first.count == second.count else { return .infinity }
      return zip(first, second).map { $0 == $1 ? 0 : abs($0 - $1) }.max() ?? .infinity
    }

    @Test("Are answered as one prefix after the other, whatever the memory", arguments: CacheTests.Memory.allCases)
    func memories(memory: CacheTests.Memory) async throws {
      let file = try memory.file(TinyModel(contextLength: 1024))
      for batchSize in [1, 16, 64] {
        let model = try GGUFBackend(
          file: file.path, options: GGUFBackend.Options(threads: 1, batchSize: batchSize))
        var random = SeededRandom(seed: UInt64(batchSize))
        let answer = Array((BackendConformance.positionText + " the cat catthe\n the cat").utf8)
        let context = ContextText(prompt: RenderedPrompt("the cat"), answer: answer)
        let session = try await model.makeSession()
        var rest = prefixes(40, of: answer, &random)[...]
        while !rest.isEmpty {
          let piece = Array(rest.prefix(Int.random(in: 1...12, using: &random)))
          rest = rest.dropFirst(piece.count)
          for (prefix, prediction) in zip(piece, try await session.predictions(after: piece, of: context)) {
            let alone = try await model.makeSession().predict(after: context.prefix(prefix))
            let gap = distance(try #require(prediction).logits, alone.logits)
            #expect(gap <= memory.tolerance, "\(memory), \(batchSize): \(prefix)")
          }
        }
      }
    }

    @Test("Evaluate a text's tokens once, and beside them only tails that are tokenised otherwise")
    func work() async throws {
      let file = try CacheTests.Memory.transformer.file(TinyModel(contextLength: 1024))
      let model = try GGUFBackend(file: file.path, options: Self.options)
      let answer = Array(String(repeating: " the cat", count: 30).utf8)
      let context = ContextText(prompt: RenderedPrompt("the"), answer: answer)
      let whole = try model.ggufTokenizer.encode(context).count
      func evaluated(_ lengths: [Int], pieces: Int) async throws -> Int {
        let session = try await model.makeSession()
        var work = 0
        for start in stride(from: 0, to: lengths.count, by: pieces) {
          let piece = lengths[start..<min(start + pieces, lengths.count)]
          let predictions = try await session.predictions(
            after: piece.map { ContextText.Prefix(byteCount: $0) }, of: context)
          work += predictions.reduce(0) { $0 + ($1?.work.evaluated ?? 0) }
        }
        return work
      }
      // Between words.
      let words = stride(from: 0, through: answer.count, by: 4).map(\.self)
      #expect(try await evaluated(words, pieces: 64) == whole)
      #expect(try await evaluated(words, pieces: 7) == whole)
      // At every offset: of four bytes, three end inside a token; the tail has at most two other tokens.
      let all = try await evaluated(Array(0...answer.count), pieces: 64)
      #expect(all > whole && all <= whole + answer.count * 2)
    }

    @Test(
      "Of bundled models are answered as one prefix after the other",
      .enabled(if: !BundledModels.paths.isEmpty, BundledModels.advice), arguments: BundledModels.paths)
    func bundled(path: String) async throws {
      let model = try GGUFBackend(file: path)
      let check = BackendConformance(of: model, tolerance: 5e-2)
      #expect(try await check.checkPositions(after: "Question: What is") == [])
    }

    @Test(
      "Of real models round with the batch", .enabled(if: RealModels.folder != nil, RealModels.advice),
      arguments: RealModels.names)
    func real(name: String) async throws {
      let model = try GGUFBackend(
        file: RealModels.path(name), options: GGUFBackend.Options(threads: 1, contextLength: 512))
      let answer = Array(BackendConformance.positionText.utf8)
      let context = ContextText(prompt: RenderedPrompt("Question: What is"), answer: answer)
      let prefixes = (0...answer.count).map { ContextText.Prefix(byteCount: $0) }
      let (together, single) = (try await model.makeSession(), try await model.makeSession())
      var (largest, divergence) = (Float(0), 0.0)
      for start in stride(from: 0, to: prefixes.count, by: 64) {
        let piece = Array(prefixes[start..<min(start + 64, prefixes.count)])
        for (prefix, found) in zip(piece, try await together.predictions(after: piece, of: context)) {
          let alone = try await single.predict(after: context.prefix(prefix)).logits
          let found = try #require(found).logits
          let likely = alone.indices.filter { alone[$0] > (alone.max() ?? 0) - 12 }
          largest = max(largest, likely.map { abs(alone[$0] - found[$0]) }.max() ?? 0)
          divergence = max(divergence, klDivergence(try softmax(alone), try softmax(found)))
        }
      }
      print("\(name), positions together and alone: likely logits differ by up to \(largest), divergence \(divergence)")
      #expect(divergence < 0.1)
    }
  }
#endif
