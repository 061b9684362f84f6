import ModelBackendTesting
import ModelBackends
import Testing

@testable import ONNXBackend

@Suite("Predictions", .enabled(if: Engine.isInstalled, Engine.advice))
struct PredictionTests {
  @Test("Each model gives NumPy's logits, read at once and token by token", arguments: Fixtures.names)
  func logits(name: String) async throws {
    let expected = try Fixtures.model(name)
    let text = Fixtures.expected.text
    let backend = try Fixtures.backend(name)
    let whole = try await backend.makeSession().predict(after: ContextText(tokens: text))
    let last = try #require(expected.logits.last)
    #expect(distance(whole.logits, last) < expected.tolerance)
    #expect(whole.work == Prediction.Work(evaluated: text.count))

    let session = try await backend.makeSession()
    for length in 1...text.count {
      let prediction = try await session.predict(after: ContextText(answer: text[..<length]))
      #expect(distance(prediction.logits, expected.logits[length - 1]) < expected.tolerance, "after \(length) tokens")
      let kept = Fixtures.uncached.contains(name) ? 0 : length - 1
      #expect(prediction.work == Prediction.Work(kept: kept, evaluated: length - kept))
    }
  }

  @Test("A session whose text grew, shrank and changed predicts like a fresh one", arguments: Fixtures.names)
  func rollBack(name: String) async throws {
    // Int8 activations share a scale among the tokens of a run, unless each has a run of its own.
    let backend = try Fixtures.backend(name) { if name == "int8-head" { $0.tokensPerRun = 1 } }
    let tolerance: Float = ["cached-half": 1e-2, "cached-bfloat16": 5e-2][name] ?? 1e-5
    var generator = SeededGenerator(state: 7)
    let session = try await backend.makeSession()
    var text = [1]
    for _ in 0..<40 {
      let kept = Int.random(in: 0...text.count, using: &generator)
      if Bool.random(using: &generator) { text.removeSubrange(kept...) }
      for _ in 0..<Int.random(in: 0...4, using: &generator) where text.count < 30 {
        text.append(Int.random(in: 0..<17, using: &generator))
      }
      if text.isEmpty { text = [3] }
      let context = ContextText(answer: text)
      let prediction = try await session.predict(after: context)
      let fresh = try await backend.makeSession().predict(after: context)
      #expect(distance(prediction.logits, fresh.logits) < tolerance, "after \(text)")
      #expect(prediction.work.kept + prediction.work.evaluated == text.count)
    }
  }

  @Test("Within an answer a dynamically quantised model predicts nearly as a fresh session")
  func dynamicQuantisation() async throws {
    let backend = try Fixtures.backend("int8-head")
    var generator = SeededGenerator(state: 11)
    var largest: Float = 0
    for _ in 0..<20 {
      let session = try await backend.makeSession()
      var text = (0..<6).map { _ in Int.random(in: 0..<17, using: &generator) }
      for _ in 0..<20 {
        let used = try await session.predict(after: ContextText(answer: text))
        let fresh = try await backend.makeSession().predict(after: ContextText(answer: text))
        largest = max(largest, distance(used.logits, fresh.logits))
        text.append(Int.random(in: 0..<17, using: &generator))
      }
    }
    print("int8, within an answer and read at once: logits differ by up to \(largest)")
    #expect(largest > 0 && largest <= 2.5)
  }

  @Test(
    "A changed tail costs its own tokens and those of the pass that it begins in",
    arguments: Fixtures.cuttable.filter { $0 != "merged" })
  func changedTail(name: String) async throws {
    let session = try await Fixtures.backend(name) { $0.tokensPerRun = 2 }.makeSession()
    func work(_ tokens: [Int]) async throws -> Prediction.Work {
      var context = ContextText(tokens: tokens)
      context.healing = .off
      return try await session.predict(after: context).work
    }
    _ = try await work([1, 2, 3, 4, 5, 6])
    #expect(try await work([1, 2, 3, 4, 9, 8, 7]) == Prediction.Work(kept: 4, dropped: 2, evaluated: 3))
    #expect(try await work([1, 2, 3, 4, 9, 8, 7]) == Prediction.Work(kept: 7))
    #expect(try await work([1, 2, 3, 5]) == Prediction.Work(kept: 2, dropped: 5, evaluated: 2))
  }

  @Test("A recurrent model rolls back to a kept state within an answer, and to the start for another")
  func recurrentTail() async throws {
    let session = try await Fixtures.backend("recurrent", tokenizer: PieceTokenizer()).makeSession()
    var context = ContextText("ddcdaddbdd", healing: .off)
    let begun = try await session.predict(after: context).work
    #expect(begun.kept == 0)
    // "a" is a token of its own until "b" follows.
    context.answer = Array("ca".utf8)
    let grown = try await session.predict(after: context).work
    context.answer = Array("cab".utf8)
    let changed = try await session.predict(after: context).work
    #expect(changed.dropped == 1 && changed.evaluated == 1 && changed.kept == grown.kept + grown.evaluated - 1)
    context.answer = Array("cb".utf8)
    let other = try await session.predict(after: context).work
    #expect(other.kept == 0 && other.dropped == changed.kept + changed.evaluated)
  }

  @Test("The number of tokens evaluated at once changes nothing", arguments: [1, 2, 5, 100])
  func chunks(size: Int) async throws {
    let expected = try Fixtures.model("cached")
    let session = try await Fixtures.backend("cached") { $0.tokensPerRun = size }.makeSession()
    let prediction = try await session.predict(after: ContextText(tokens: Fixtures.expected.text))
    #expect(distance(prediction.logits, try #require(expected.logits.last)) < expected.tolerance)
  }

  @Test("The rewriting of the graph changes nothing", arguments: ONNXBackend.Optimization.allCases)
  func optimization(level: ONNXBackend.Optimization) async throws {
    let expected = try Fixtures.model("cached")
    let session = try await Fixtures.backend("cached") { $0.optimization = level }.makeSession()
    let prediction = try await session.predict(after: ContextText(tokens: Fixtures.expected.text))
    #expect(distance(prediction.logits, try #require(expected.logits.last)) < expected.tolerance)
  }

  @Test("Sessions that run at the same time answer as if alone", arguments: ["cached", "recurrent", "uncached"])
  func parallel(name: String) async throws {
    let backend = try Fixtures.backend(name)
    func answers(_ seed: UInt64) async throws -> [[Float]] {
      var generator = SeededGenerator(state: seed)
      let session = try await backend.makeSession()
      var text: [Int] = []
      var answers: [[Float]] = []
      for _ in 0..<20 {
        text.append(Int.random(in: 0..<17, using: &generator))
        answers.append(try await session.predict(after: ContextText(tokens: text)).logits)
      }
      return answers
    }
    var serial: [[[Float]]] = []
    for seed in 0..<4 { serial.append(try await answers(UInt64(seed))) }
    let parallel = try await withThrowingTaskGroup(of: (Int, [[Float]]).self) { group in
      for seed in 0..<4 { group.addTask { (seed, try await answers(UInt64(seed))) } }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    for seed in 0..<4 { #expect(parallel[seed] == serial[seed]) }
  }

  @Test(
    "A backend passes the conformance checks", arguments: ["cached", "uncached", "recurrent", "merged", "one-logit"])
  func conformance(name: String) async throws {
    let check = BackendConformance(of: try Fixtures.backend(name), tolerance: 1e-4)
    #expect(try await check.check(texts: ["abcdefghij", "qponmabc", "ccccc"]) == [])
  }
}
