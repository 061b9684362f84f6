import InverseSearch
import LinearAlgebra
import ModelBackendTesting
import ModelBackends
import RelativeSpace
import Testing

@testable import Ensembling

@Suite("Text between members", .timeLimit(.minutes(20))) struct HandOverTests {
  /// Spells "é!" byte by byte, then ends.
  private let bytewise = ScriptedBackend(
    name: "bytes",
    vocabulary: Vocabulary(
      known: [0xC3, 0xA9, 0x21].map { Token(bytes: [$0], kind: .byte) } + [Token("</s>", kind: .control)],
      endOfGeneration: [3])
  ) { context in
    (0..<4).map { $0 == context.answer.count ? 5 : 0 }
  }

  @Test("A member without byte tokens abstains while the text ends inside a character, and reports it")
  func abstains() async throws {
    let seen = Log()
    let whole = ScriptedBackend(name: "whole", tokens: ["é", "!", "</s>"]) { context in
      guard let text = String(validating: context.answer, as: UTF8.self) else {
        throw BackendError(.tokenization, in: "whole", "has no token for half a character", remedy: "Finish it.")
      }
      await seen.add(text)
      return [0, 0, 0]
    }
    let ensemble = try Ensemble(members: [Member(bytewise), Member(whole)], fusion: MainModelOnly())
    let response = try await ensemble.respond(to: "x")
    #expect(response.text == "é!")
    #expect(await seen.lines == ["", "é", "é!"])
    #expect(response.events.map(\.kind) == [.abstained])
    #expect(response.events.map(\.step) == [1])
    #expect(response.statistics.members.map(\.steps) == [4, 3])
  }

  @Test("A byte outside any character makes such a member abstain, and does not end the answer")
  func strayBytes() async throws {
    let main = ScriptedBackend(
      vocabulary: Vocabulary(
        known: [Token(bytes: [0xA9], kind: .byte), Token("!"), Token("</s>", kind: .control)], endOfGeneration: [2])
    ) { context in (0..<3).map { $0 == context.answer.count ? 5 : 0 } }
    let whole = ScriptedBackend(name: "whole", tokens: ["!", "</s>"]) { context in
      guard String(validating: context.answer, as: UTF8.self) != nil else {
        throw BackendError(.tokenization, in: "whole", "has no token for the byte A9", remedy: "Leave it out.")
      }
      return [0, 0]
    }
    let response = try await Ensemble(members: [Member(main), Member(whole)], fusion: MainModelOnly()).respond(to: "x")
    #expect(response.text == "\u{FFFD}!" && response.stopReason == .stop)
    #expect(response.events.map(\.kind) == [.abstained] && response.events[0].step == 1)
  }

  @Test("A member that cannot express whole characters fails by name")
  func inexpressible() async throws {
    let strict = ScriptedBackend(name: "strict", tokens: ["!", "</s>"]) { context in
      guard context.answer.allSatisfy({ $0 < 0x80 }) else {
        throw BackendError(.tokenization, in: "strict", "has no token for the bytes C3 A9", remedy: "Leave them out.")
      }
      return [0, 0]
    }
    let ensemble = try Ensemble(members: [Member(bytewise), Member(strict)], fusion: MainModelOnly())
    let error = await #expect(throws: EnsembleError.self) { try await ensemble.respond(to: "x") }
    #expect(error?.member == "strict" && error?.textSoFar == "é")
    #expect(error?.problem.contains("C3 A9") == true)
  }

  @Test("Text that a vocabulary reads as its unknown token is reported once, when it occurs")
  func unknownText() async throws {
    struct Unknowing: ModelBackend {
      let name = "unknowing"
      let vocabulary = Vocabulary(known: [Token("<unk>", kind: .unknown)])
      func makeSession() -> any ModelSession { Session() }
      actor Session: ModelSession {
        func predict(after context: ContextText) -> Prediction {
          let unknown = context.bytes.filter { $0 == 0x21 || $0 == UInt8(ascii: "?") }.count
          return Prediction(logits: [0], unknownTokens: unknown)
        }
      }
    }
    let ensemble = try Ensemble(members: [Member(bytewise), Member(Unknowing())], fusion: MainModelOnly())
    let response = try await ensemble.respond(to: "??")
    #expect(response.events.map(\.kind) == [.unknownText(tokens: 2), .unknownText(tokens: 1)])
    #expect(response.events.map(\.step) == [0, 3])
  }

  @Test("Every member heals as its option says")
  func healing() async throws {
    let seen = Log()
    func backend(_ name: String) -> ScriptedBackend {
      ScriptedBackend(name: name, tokens: ["a", "</s>"]) { context in
        await seen.add("\(name) \(context.healing.boundaries)")
        return [0, 5]
      }
    }
    let ensemble = try Ensemble(
      members: [Member(backend("one")), Member(backend("two"), healing: .off)], fusion: MainModelOnly())
    _ = try await ensemble.respond(to: "x")
    #expect(await Set(seen.lines) == ["one 4", "two 0"])
  }
}

@Suite("The end of an answer", .timeLimit(.minutes(20))) struct EndingTests {
  /// Tokens a, b and three ends, of which the second is the usual one.
  private func model(_ name: String, _ logits: [Float], ends: [TokenID] = [3, 2, 4]) -> Member {
    var embeddings = Matrix(rows: 5, columns: 5)
    for row in 0..<5 { embeddings[row, row] = 1 }
    let vocabulary = Vocabulary(
      known: [Token("a"), Token("b")] + (0..<3).map { Token("<end\($0)>", kind: .control) }, endOfGeneration: ends)
    return Member(ScriptedBackend(name: name, vocabulary: vocabulary, embeddings: embeddings) { _ in logits })
  }

  @Test("All ends of a model count together")
  func endsAreOne() async throws {
    // No end is likelier than "a" (0.4), but all of them together are (0.25 + 0.2 + 0.1).
    let logits = [0.4, 0.05, 0.2, 0.25, 0.1].map { ElementaryFunctions.log(Float($0)) }
    let ensemble = try await Ensemble(main: model("main", logits))
    var elements: [GeneratedToken] = []
    for try await element in ensemble.streamResponse(to: "x", options: ResponseOptions(candidateCount: 5)) {
      elements.append(element)
    }
    #expect(elements.map(\.token) == [3])
    #expect(abs(elements[0].probability - 0.55) < 1e-6)
    #expect(elements[0].candidates?.fused.map(\.token) == [3, 0, 1, 2, 4])
    // A model with one end is unchanged, to the bit.
    var single: [Float] = [0.1, 0.2, 0.3, 0.4, 0.5]
    try Logits.joinEnds(of: &single, in: model("one", [], ends: [4]).backend.vocabulary)
    #expect(single == [0.1, 0.2, 0.3, 0.4, 0.5])
  }

  @Test("One anchor stands for all ends of all models")
  func endsAreOneAnchor() async throws {
    let others = model("assistant", [-9, -9, 5, -9, 4], ends: [2, 4])
    let anchors = try Anchors(shared: [model("main", []).backend.vocabulary, others.backend.vocabulary])
    #expect(anchors.all.filter { $0.meaning == .endOfGeneration }.map(\.ids) == [[3, 2]])
    // The main model would continue with "a"; the assistant, which spreads its end over two tokens, ends the answer
    // with it.
    let main = model("main", [1, -9, -9, 0.5, 0])
    let ensemble = try await Ensemble(
      main: main, assistants: [others], rule: .deepen(search: AdamWSearch(rate: 0.3, steps: 5)))
    let alone = try await Ensemble(main: model("main", [2, -9, -9, 0.5, 0]))
    let options = ResponseOptions(maximumTokens: 3)
    #expect(try await alone.respond(to: "x", options: options).text == "aaa")
    let response = try await ensemble.respond(to: "x", options: options)
    #expect(response.text.isEmpty && response.stopReason == .stop)
  }

  @Test("Members can end an answer together that the main model would not end")
  func agreement() async throws {
    let sure = model("sure", [-9, -9, -9, 9, -9])
    let endless = model("endless", [9, 0, -9, -9, -9], ends: [])
    let main = model("main", [9, 0, -9, -9, -9])
    func answer(_ members: [Member], _ weights: [Float], _ ending: Ending) async throws -> Response {
      let keepsMain = ClosureFusion { $0[0] }
      let fusion: any TokenFusion = weights.isEmpty ? keepsMain : Weighted(weights: weights)
      return try await Ensemble(members: members, fusion: fusion)
        .respond(to: "x", options: ResponseOptions(maximumTokens: 2, ending: ending))
    }
    #expect(try await answer([main, sure], [0.5, 0.5], .chosen).text == "aa")
    #expect(try await answer([main, sure], [0.5, 0.5], .agreed(share: 0.6)).text == "aa")
    let ended = try await answer([main, sure], [0.5, 0.5], .agreed(share: 0.4))
    #expect(ended.text.isEmpty && ended.stopReason == .stop && ended.tokens.isEmpty)
    // Weights count, and where a rule has none, members count equally.
    #expect(try await answer([main, sure], [0.9, 0.1], .agreed(share: 0.4)).text == "aa")
    #expect(try await answer([main, sure], [], .agreed(share: 0.4)).text.isEmpty)
    // A main model without any end can still be ended.
    #expect(try await answer([endless, sure], [0.2, 0.8], .agreed(share: 0.5)).stopReason == .stop)
    for share in [0, -1, 1.5, .nan] {
      let error = await #expect(throws: EnsembleError.self) { try await answer([main], [1], .agreed(share: share)) }
      #expect(error?.code == .invalidOptions)
    }
  }

  /// Tokens "The end.", a line end, an unknown one, a control token, an end, a beginning, and one without a purpose.
  private func tale(_ name: String, _ logits: @escaping @Sendable (Int) -> [Float]) -> Member {
    let vocabulary = Vocabulary(
      known: [
        Token("The end."), Token("\n"), Token("<unk>", kind: .unknown), Token("<|channel|>", kind: .control),
        Token("</s>", kind: .control), Token("<s>", kind: .control), Token(bytes: [], kind: .unused), Token(bytes: []),
      ], endOfGeneration: [4], beginningOfText: 5)
    return Member(
      ScriptedBackend(name: name, vocabulary: vocabulary) { context in
        logits(context.answerTokens?.count ?? (context.answer.isEmpty ? 0 : 1))
      })
  }

  @Test("The beginning of another text is an end, where a model was trained with nothing else between texts")
  func beginningsAreEnds() async throws {
    // Both have written everything after "The end."; one ends as its file names it, the other with a beginning of text.
    let ends = tale("ends") { $0 == 0 ? [5, 0, 0, 0, 0, 0, 0, 0] : [0, 1, 0, 0, 5, 0, 0, 0] }
    let begins = tale("begins") { $0 == 0 ? [5, 0, 0, 0, 0, 0, 0, 0] : [0, 1, 0, 0, 0, 5, 0, 0] }
    for members in [[begins], [ends, begins], [begins, ends]] {
      for rule in [.pairwise(), .bytePrefix()] as [any EnsembleRule] where members.count > 1 {
        let ensemble = try await Ensemble(main: members[0], assistants: Array(members.dropFirst()), rule: rule)
        let response = try await ensemble.respond(to: "x", options: ResponseOptions(maximumTokens: 4))
        #expect(response.text == "The end." && response.stopReason == .stop)
      }
      let alone = try await Ensemble(main: members[0]).respond(to: "x", options: ResponseOptions(maximumTokens: 4))
      #expect(alone.text == "The end." && alone.stopReason == .stop)
    }
  }

  @Test("A likeliest token without text is suppressed, and one event reports it", arguments: [2, 6, 7])
  func textlessTokens(likeliest: Int) async throws {
    let main = tale("main") { count in
      var logits: [Float] = count < 3 ? [1, 0, 0, 0, 0, 0, 0, 0] : [0, 0, 0, 0, 4, 0, 0, 0]
      logits[likeliest] = 5
      return logits
    }
    for count in [8, 0] {
      let options = ResponseOptions(maximumTokens: 8, candidateCount: count)
      var elements: [GeneratedToken] = []
      let ensemble = try await Ensemble(main: main)
      for try await element in ensemble.streamResponse(to: "x", options: options) { elements.append(element) }
      #expect(elements.map(\.token) == [0, 0, 0, 4])
      #expect(elements.flatMap(\.events).map(\.kind) == [.suppressed(token: likeliest)])
      #expect(elements.flatMap(\.events).map(\.step) == [0])
      let fused = try #require(count == 0 ? [] : elements[0].candidates?.fused)
      #expect(fused.allSatisfy { $0.token != likeliest || $0.probability == 0 })
      // Nor is it drawn by sampling.
      let drawn = try await ensemble.respond(
        to: "x", options: ResponseOptions(sampling: Sampling(seed: 3), maximumTokens: 12))
      #expect(!drawn.tokens.contains { [2, 6, 7].contains($0) })
    }
  }

  @Test("A control token that ends nothing is kept among the tokens and is no text")
  func otherControlTokens() async throws {
    let main = tale("main") { [[0, 0, 0, 5, 0, 0, 0, 0], [5, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 5, 0, 0, 0]][$0] }
    let response = try await Ensemble(main: main).respond(to: "x")
    #expect(response.text == "The end." && response.tokens == [3, 0] && response.events.isEmpty)
  }

  @Test("A model without any possible token with text is an error that names it")
  func nothingToSay() async throws {
    let main = tale("mute") { _ in
      var logits = [Float](repeating: -.infinity, count: 8)
      logits[2] = 1
      return logits
    }
    let ensemble = try await Ensemble(main: main)
    let error = await #expect(throws: EnsembleError.self) { try await ensemble.respond(to: "x") }
    #expect(error?.member == "mute")
  }

  /// Returns the main model's logits and these weights.
  private struct Weighted: TokenFusion {
    var weights: [Float]
    func fuse(_ step: Step) -> FusedLogits { FusedLogits(logits: step.main, weights: weights) }
  }
}
