import Fusion
import LinearAlgebra
import ModelBackendTesting
import ModelBackends
import Testing

@testable import Ensembling

/// Reads single characters, and the end.
private struct LetterTokenizer: Tokenizer {
  let vocabulary = Vocabulary(
    known: [Token("a"), Token("b"), Token("c"), Token("</s>", kind: .control)], endOfGeneration: [3])

  func encode(_ text: [UInt8], options: EncodingOptions) throws -> [TokenID] {
    try text.map { byte in
      guard let token = vocabulary.id(forBytes: [byte]) else {
        throw BackendError(.tokenization, in: "letters", "there is no token", remedy: "Leave it out.")
      }
      return token
    }
  }
}

/// A model of letters with a known tokenizer; the probabilities depend on the last letter.
private struct LetterBackend: ModelBackend {
  let name: String
  let letters = LetterTokenizer()
  var vocabulary: Vocabulary { letters.vocabulary }
  var tokenizer: (any Tokenizer)? { hasTokenizer ? letters : nil }
  var hasTokenizer = true
  let logits: @Sendable (UInt8?) throws -> [Float]

  func makeSession() -> any ModelSession {
    ScriptedBackend(name: name, vocabulary: vocabulary) { [logits] in try logits($0.bytes.last) }.makeSession()
  }
}

@Suite("Rescoring") struct RescoringTests {
  private static let mainTokens = ["a", "ab", "b", "ca", "c", "abb", "</s>"]

  private func random(_ count: Int, _ seed: Int) -> [Float] {
    var random = SplitMix64(seed: UInt64(seed))
    return (0..<count).map { _ in Float.random(in: -3...3, using: &random) }
  }

  private func assistant(_ name: String = "letters", seed: Int) -> LetterBackend {
    LetterBackend(name: name) { [self] in random(4, seed * 7 + Int($0 ?? 0)) }
  }

  /// The ensemble's first step, as a distribution.
  private func step(_ main: any ModelBackend, _ assistants: [Member], _ weights: [Float], _ rule: RescoringRule)
    async throws -> [Float]
  {
    let ensemble = try await Ensemble(
      main: Member(main), assistants: assistants, weights: .fixed(weights), rule: rule)
    var options = ResponseOptions(maximumTokens: 1)
    options.candidateCount = main.vocabulary.count
    for try await element in ensemble.streamResponse(continuing: "c", options: options) {
      var distribution = [Float](repeating: 0, count: main.vocabulary.count)
      for candidate in try #require(element.candidates).fused { distribution[candidate.token] = candidate.probability }
      return distribution
    }
    return []
  }

  private func main(seed: Int) -> (ScriptedBackend, [Float]) {
    let logits = random(Self.mainTokens.count, seed + 100)
    return (ScriptedBackend(name: "main", tokens: Self.mainTokens) { _ in logits }, logits)
  }

  private func isClose(_ one: [Float], _ other: [Float]) -> Bool {
    one.count == other.count && zip(one, other).allSatisfy { abs($0 - $1) < 1e-5 }
  }

  @Test("Is the formula, letter by letter", arguments: 0..<10, [3, 7])
  func formula(seed: Int, count: Int) async throws {
    let (main, logits) = main(seed: seed)
    let letters = assistant(seed: seed)
    let own = try softmax(logits)
    let candidates = topK(count, of: logits)
    var opinion: [Int: Double] = [:]
    for token in candidates {
      let bytes = Array(Self.mainTokens[token].utf8)
      if token == 6 {
        opinion[token] = Double(try softmax(letters.logits(0x63))[3])
        continue
      }
      var (probability, last) = (1.0, UInt8(0x63))
      for byte in bytes {
        probability *= Double(try softmax(letters.logits(last))[Int(byte) - 0x61])
        last = byte
      }
      let beginning = own.indices.filter { $0 != 6 && Self.mainTokens[$0].hasPrefix(Self.mainTokens[token]) }
      opinion[token] = probability * Double(own[token]) / beginning.reduce(0) { $0 + Double(own[$1]) }
    }
    let sum = opinion.values.reduce(0, +)
    let mass = candidates.reduce(0) { $0 + Double(own[$1]) }
    var expected = own
    for token in candidates { expected[token] = Float(0.25 * Double(own[token]) + 0.75 * mass * opinion[token]! / sum) }
    let found = try await step(main, [Member(letters)], [0.25, 0.75], .rescoring(candidates: count))
    #expect(isClose(found, expected))
    #expect(!isClose(found, own))
  }

  @Test("Is the main model with all the weight on it, and with one candidate", arguments: 0..<10)
  func mainModel(seed: Int) async throws {
    let (main, logits) = main(seed: seed)
    let own = try softmax(logits)
    let letters = Member(assistant(seed: seed))
    let weighted = try await step(main, [letters], [1, 0], .rescoring())
    let single = try await step(main, [letters], [0.2, 0.8], .rescoring(candidates: 1))
    #expect(isClose(weighted, own))
    #expect(isClose(single, own))
  }

  @Test("A model ensembled with itself keeps its distribution", arguments: 0..<10)
  func itself(seed: Int) async throws {
    let model = assistant("main", seed: seed)
    let own = try softmax(model.logits(0x63))
    let twin = Member(model, name: "twin")
    let found = try await step(model, [twin], [0.3, 0.7], .rescoring())
    #expect(isClose(found, own))
  }

  @Test("The order of assistants does not matter", arguments: 0..<5)
  func order(seed: Int) async throws {
    let (main, _) = main(seed: seed)
    let (one, other) = (Member(assistant("one", seed: seed)), Member(assistant("two", seed: seed + 50)))
    let first = try await step(main, [one, other], [0.2, 0.5, 0.3], .rescoring())
    let second = try await step(main, [other, one], [0.2, 0.3, 0.5], .rescoring())
    #expect(isClose(first, second))
  }

  @Test("Candidates that an assistant cannot tokenise keep the main model's probability")
  func unreadable() async throws {
    let main = ScriptedBackend(name: "main", tokens: ["a", "é", "b", "</s>"]) { _ in [1, 2, 0, -1] }
    let found = try await step(main, [Member(assistant(seed: 1))], [0, 1], .rescoring())
    let own = try softmax([1, 2, 0, -1])
    #expect(abs(found[1] - own[1]) < 1e-5)
    #expect(!isClose(found, own))
  }

  @Test("An optional assistant that fails while it scores is absent; a required one ends the answer")
  func faults() async throws {
    let (main, logits) = main(seed: 1)
    // Fails at the second letter of a candidate, which only scoring asks for.
    let failing = LetterBackend(name: "failing") {
      if $0 == 0x61 { throw BackendError(.engineFailure, in: "failing", "broke", remedy: "Mend it.") }
      return [0, 0, 0, 0]
    }
    let found = try await step(main, [Member(failing, policy: .optional)], [0.5, 0.5], .rescoring())
    let own = try softmax(logits)
    #expect(isClose(found, own))
    let ensemble = try await Ensemble(
      main: Member(main), assistants: [Member(failing, policy: .optional)], rule: .rescoring())
    let response = try await ensemble.respond(to: "c", options: ResponseOptions(maximumTokens: 1))
    #expect(response.events.map(\.kind) == [.dropped])
    let error = await #expect(throws: EnsembleError.self) {
      try await step(main, [Member(failing)], [0.5, 0.5], .rescoring())
    }
    #expect(error?.code == .memberFailed && error?.member == "failing")
  }

  @Test("A member without a tokenizer cannot score continuations, nor any member in a step without a scorer")
  func unsupported() async throws {
    let (main, logits) = main(seed: 2)
    let silent = LetterBackend(name: "letters", hasTokenizer: false) { _ in [0, 0, 0, 0] }
    let error = await #expect(throws: EnsembleError.self) {
      try await step(main, [Member(silent)], [0.5, 0.5], .rescoring())
    }
    #expect(error?.code == .unsupported && error?.member == "letters")
    let fusion = try RescoringFusion(vocabularies: [main.vocabulary, silent.vocabulary])
    let alone = await #expect(throws: EnsembleError.self) { try await fusion.fuse(logits, with: [[0, 0, 0, 0]]) }
    #expect(alone?.code == .unsupported)
  }
}
