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
      let prediction = try await session.predict(after: ContextText(tokens: text[..<length]))
      #expect(distance(prediction.logits, expected.logits[length - 1]) < expected.tolerance, "after \(length) tokens")
      let kept = Fixtures.uncached.contains(name) ? 0 : length - 1
      #expect(prediction.work == Prediction.Work(kept: kept, evaluated: length - kept))
    }
  }

  @Test("A session that grew, shrank and changed answers like a fresh one", arguments: Fixtures.names)
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
      let context = ContextText(tokens: text)
      let prediction = try await session.predict(after: context)
      let fresh = try await backend.makeSession().predict(after: context)
      #expect(distance(prediction.logits, fresh.logits) < tolerance, "after \(text)")
      #expect(prediction.work.kept + prediction.work.evaluated == text.count)
    }
  }

  @Test("A changed tail costs only its own tokens", arguments: Fixtures.cuttable)
  func changedTail(name: String) async throws {
    let session = try await Fixtures.backend(name).makeSession()
    _ = try await session.predict(after: ContextText(tokens: [1, 2, 3, 4, 5, 6]))
    let work = try await session.predict(after: ContextText(tokens: [1, 2, 3, 4, 9, 8, 7])).work
    #expect(work == Prediction.Work(kept: 4, dropped: 2, evaluated: 3))
    let again = try await session.predict(after: ContextText(tokens: [1, 2, 3, 4, 9, 8, 7])).work
    #expect(again == Prediction.Work(kept: 7))
  }

  @Test("A recurrent model goes back to a remembered state")
  func recurrentTail() async throws {
    let session = try await Fixtures.backend("recurrent").makeSession()
    _ = try await session.predict(after: ContextText(tokens: 0..<12))
    let work = try await session.predict(after: ContextText(tokens: [0, 1, 2, 3, 4, 5, 6, 9])).work
    #expect(work == Prediction.Work(kept: 7, dropped: 5, evaluated: 1))
    // Before the first remembered state there is only the beginning.
    let early = try await session.predict(after: ContextText(tokens: [0, 1, 2, 9])).work
    #expect(early == Prediction.Work(kept: 0, dropped: 8, evaluated: 4))
  }

  @Test("How many tokens go through at once changes nothing", arguments: [1, 2, 5, 100])
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
    "A backend keeps what ensembles rely on", arguments: ["cached", "uncached", "recurrent", "merged", "one-logit"])
  func conformance(name: String) async throws {
    let check = BackendConformance(of: try Fixtures.backend(name), tolerance: 1e-4)
    #expect(try await check.check(texts: ["abcdefghij", "qponmabc", "ccccc"]) == [])
  }
}
