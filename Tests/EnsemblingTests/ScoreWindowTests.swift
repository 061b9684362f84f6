import ModelBackendTesting
import ModelBackends
import Synchronization
import Testing

@testable import Ensembling

/// A scripted model that spells texts in letters and some words, and predicts from the last letter alone.
private struct Speller: ModelBackend {
  let base: ScriptedBackend
  let cuts: Bool
  let contexts: Contexts
  var name: String { base.name }
  var vocabulary: Vocabulary { base.vocabulary }
  var contextLength: Int? { base.contextLength }
  var tokenizer: (any Tokenizer)? { Words(vocabulary: vocabulary, cuts: cuts) }

  /// The texts that the model was asked to read.
  final class Contexts: Sendable {
    private let texts = Mutex<[ContextText]>([])
    var all: [ContextText] { texts.withLock { $0 } }
    func add(_ text: ContextText) { texts.withLock { $0.append(text) } }
  }

  init(_ name: String, words: [String] = [], limit: Int?, cuts: Bool = true) {
    let texts = ["a", "b", "c", " "] + words
    let contexts = Contexts()
    self.contexts = contexts
    self.cuts = cuts
    base = ScriptedBackend(
      name: name, vocabulary: Vocabulary(known: texts.map { Token($0) }, endOfGeneration: []), contextLength: limit
    ) { context in
      contexts.add(context)
      let last = Int(context.bytes.last ?? 0)
      return texts.indices.map { Float((last * 7 + $0 * 5 + name.utf8.count) % 11) / 3 }
    }
  }

  func makeSession() async throws -> any ModelSession { base.makeSession() }

  struct Words: Tokenizer {
    let vocabulary: Vocabulary
    let cuts: Bool

    func encode(_ text: [UInt8], options: EncodingOptions) throws -> [TokenID] {
      var (tokens, position) = ([TokenID](), 0)
      while position < text.count {
        let length =
          (1...text.count - position).last { vocabulary.id(forBytes: text[position..<position + $0]) != nil } ?? 1
        guard let token = vocabulary.id(forBytes: text[position..<position + length]) else {
          throw BackendError(.tokenization, in: "speller", "no such letter", remedy: "Use its own.")
        }
        tokens.append(token)
        position += length
      }
      return tokens
    }

    /// Words begin with their space, so only the position before a space is never inside a word.
    func canCut(_ text: [UInt8], at position: Int) -> Bool { cuts && text[position] == UInt8(ascii: " ") }
  }
}

@Suite struct ScoreWindowTests {
  private let text = " ab abc b ca cab abab cc b a bca abc ab ca abcabc a b c ab"
  private let question = [Message(role: .user, content: "abc")]

  private func ensemble(_ main: Speller, _ assistants: Speller...) throws -> Ensemble {
    try Ensemble(
      members: [Member(main)] + assistants.map { Member($0) },
      fusion: ClosureFusion { logits in
        logits[0].indices.map { token in logits.reduce(0) { $0 + $1[min(token, 3)] } + Float(token) / 10 }
      })
  }

  @Test func aTextThatFitsIsScoredAsBefore() async throws {
    let unlimited = try ensemble(Speller("main", words: [" ab", " abc"], limit: nil), Speller("other", limit: nil))
    for limit in [text.utf8.count + 1, 1000] {
      let limited = try ensemble(Speller("main", words: [" ab", " abc"], limit: limit), Speller("other", limit: limit))
      let score = try await limited.score(text, continuing: "c")
      #expect(score == (try await unlimited.score(text, continuing: "c")))
      #expect(score.windows == [0..<text.utf8.count])
    }
  }

  /// These models' predictions depend on the last letter only, so windows change no probability.
  @Test(arguments: [12, 15, 24, 40], [0, 0.3, 0.5, 0.8])
  func windowsCoverEveryByteOnce(limit: Int, overlap: Double) async throws {
    let unlimited = try ensemble(Speller("main", words: [" ab", " abc"], limit: nil), Speller("other", limit: nil))
    let (main, other) = (Speller("main", words: [" ab", " abc"], limit: 300), Speller("other", limit: limit))
    let score = try await ensemble(main, other).score(text, continuing: "c", overlap: overlap)
    let expected = try await unlimited.score(text, continuing: "c")
    #expect(score.tokens == expected.tokens && score.byteCount == expected.byteCount)
    #expect(score.windows.count > 1 && score.windows.first?.lowerBound == 0)
    #expect(score.windows.last?.upperBound == text.utf8.count)
    for (one, next) in zip(score.windows, score.windows.dropFirst()) { #expect(one.upperBound == next.lowerBound) }
    // Every step is computed once, within the shorter context, and after the first window with words before it.
    #expect(other.contexts.all.count == score.tokens.count)
    for context in other.contexts.all {
      #expect(context.bytes.count <= limit && !context.prompt.bytes.isEmpty)
      #expect(String(decoding: Array("c".utf8) + Array(text.utf8), as: UTF8.self).contains(context.testText))
      if context.prompt.bytes != Array("c".utf8) { #expect(context.prompt.bytes.first == UInt8(ascii: " ")) }
    }
  }

  @Test func theOverlapIsAsLargeAsAsked() async throws {
    var counts: [Int] = []
    for overlap in [0, 0.4, 0.75] {
      let main = Speller("main", limit: 24)
      let score = try await ensemble(main).score(text, continuing: "c", overlap: overlap)
      counts.append(score.windows.count)
      let again = Set(main.contexts.all.map(\.prompt.bytes)).filter { $0 != Array("c".utf8) }.map(\.count)
      #expect(again.count == score.windows.count - 1)
      // At least a word of at most 7 bytes, otherwise no more than requested.
      #expect(again.allSatisfy { $0 <= max(7, Int(overlap * 24)) })
      if overlap > 0.5 { #expect(again.allSatisfy { $0 > 10 }) }
    }
    #expect(counts == counts.sorted() && counts[0] < counts[2])
  }

  @Test func theConversationIsInEveryWindow() async throws {
    let main = Speller("main", limit: 20)
    let score = try await ensemble(main).score(text, after: question)
    #expect(score.windows.count > 2)
    let prompt = try Member(main).template.prompt(for: question).bytes
    #expect(main.contexts.all.allSatisfy { $0.bytes.starts(with: prompt) && $0.bytes.count <= 20 })
    let unlimited = try await ensemble(Speller("main", limit: nil)).score(text, after: question)
    #expect(score.tokens == unlimited.tokens)
  }

  @Test func textsWithoutCutsAreErrors() async throws {
    let stubborn = try ensemble(Speller("main", limit: 20), Speller("stubborn", limit: 30, cuts: false))
    let error = await #expect(throws: EnsembleError.self) { try await stubborn.score(text, continuing: "c") }
    #expect(error?.code == .unsupported && error?.member == "stubborn")
    let long = try ensemble(Speller("main", limit: 20))
    let word = " a " + String(repeating: "ab", count: 20) + " b"
    let other = await #expect(throws: EnsembleError.self) { try await long.score(word, continuing: "c") }
    #expect(other?.code == .invalidOptions && other?.problem.contains("41 bytes of the text from byte 2") == true)
    for overlap in [1, -0.1, .nan] {
      let refused = await #expect(throws: EnsembleError.self) {
        try await long.score(text, continuing: "c", overlap: overlap)
      }
      #expect(refused?.code == .invalidOptions)
    }
  }
}

extension ContextText {
  fileprivate var testText: String { String(decoding: bytes, as: UTF8.self) }
}
