import BackendSupport
import HuggingFaceTokenizers
import ModelBackends
import Testing

@testable import ONNXBackend

@Suite("Scored continuations", .enabled(if: Engine.isInstalled, Engine.advice))
struct ContinuationTests {
  private func compare(
    _ backend: ONNXBackend, _ texts: [String], _ continuations: [String], tolerance: Double
  ) async throws {
    let tokenizer = try #require(backend.tokenizer)
    let scorer = ContinuationScorer(tokenizer: tokenizer, vocabulary: backend.vocabulary)
    let bytes = continuations.map { Array($0.utf8) }
    let session = try await backend.makeSession()
    var scored = 0
    for text in texts {
      let context = ContextText(text)
      let before = try await session.predict(after: context)
      let scores = try #require(try await session.score(bytes, after: context))
      let after = try await session.predict(after: context)
      #expect(after.logits == before.logits)
      let fresh = try await backend.makeSession()
      let expected = try await scorer.score(bytes, after: context, asking: fresh)
      for (one, other) in zip(scores.logProbabilities, expected.logProbabilities) {
        #expect((one == nil) == (other == nil))
        guard let one, let other else { continue }
        scored += 1
        #expect(one == other || abs(one - other) <= tolerance, "\(text): \(one) \(other)")
      }
      let next = ContextText(text + continuations[0] + continuations[1])
      let used = try await session.predict(after: next)
      let own = try await backend.makeSession().predict(after: next)
      let distance = zip(used.logits, own.logits).map { $0 == $1 ? 0 : abs($0 - $1) }.max() ?? .infinity
      #expect(Double(distance) <= tolerance)
    }
    #expect(scored > texts.count)
  }

  @Test(
    "Equal those of one evaluation after the other, and leave no trace",
    arguments: ["cached", "uncached", "recurrent", "last-logit-uncached"])
  func tinyModels(name: String) async throws {
    let backend = try Fixtures.backend(name, tokenizer: PieceTokenizer())
    try await compare(
      backend, ["abcd", "ab", "abcdabc"], ["ab", "cd", "abcdab", "abab", "c", "dd", "abca", ""], tolerance: 1e-3)
  }

  @Test(
    "The bundled model takes several branches at once, with the results of one run after the other",
    .enabled(if: BundledModel.isThere, "Examples/Models/scholar is not there; the training script writes it."),
    arguments: [nil, 4])
  func batch(attentionWindow: Int?) async throws {
    let backend = try ONNXBackend(folder: BundledModel.folder)
    let loaded = backend.decoder
    let decoder = CausalModel(
      name: loaded.name, model: loaded.model, signature: loaded.signature, tokensPerRun: loaded.tokensPerRun,
      attentionWindow: attentionWindow)
    let trunk = try #require(backend.tokenizer).encode("Question: What is the capital of France?")
    var tree = TokenTree(trunk: trunk)
    tree.insert([300, 20, 7], at: trunk.count)
    tree.insert([300, 21], at: trunk.count)
    tree.insert([9], at: trunk.count - 2)
    tree.insert([40, 41, 42, 43], at: trunk.count - 1)
    let stop = try RunStop(runtime: decoder.model.runtime)
    var evaluator = try DecoderEvaluator(decoder)
    _ = try evaluator.evaluate(trunk[...], logitsAfter: [])
    var held = try DecoderState(slots: decoder.signature.slots, runtime: decoder.model.runtime)
    held.advance(by: trunk, to: try decoder.run(trunk[...], after: held, logitsAfter: [], stop: stop).state)
    // Without a window, branches of different starts are rows of one run, which the mask tells apart.
    #expect(decoder.takesSeveralPrefixes(of: held, adding: 4) == (attentionWindow == nil))
    let logits = try #require(try evaluator.evaluate([], logitsAfter: [], branches: tree))
    #expect(evaluator.heldCount == trunk.count)
    for node in tree.nodes.indices {
      let tokens = tree.tokens(through: node)
      let empty = try DecoderState(slots: decoder.signature.slots, runtime: decoder.model.runtime)
      let expected = try decoder.run(tokens[...], after: empty, logitsAfter: [tokens.count], stop: stop).logits
      #expect(zip(logits.nodes[node], try #require(expected[tokens.count])).allSatisfy { abs($0 - $1) < 1e-3 })
    }
  }

  @Test(
    "Of the bundled model equal those of one evaluation after the other",
    .enabled(if: BundledModel.isThere, "Examples/Models/scholar is not there; the training script writes it."))
  func bundled() async throws {
    let texts = ["Question: What is the capital of France?\nAnswer: The cap", "Question: What", "The plural of"]
    let continuations = [" mouse", "ital", " is", " the opposite", "i", "s", " a", " of hot", "\n", "é"]
    try await compare(try ONNXBackend(folder: BundledModel.folder), texts, continuations, tolerance: 1e-2)
  }
}
