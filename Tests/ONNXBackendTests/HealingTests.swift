import BackendSupport
import Foundation
import HuggingFaceTokenizers
import ModelBackends
import Testing

@testable import ONNXBackend

/// Reads the longest token first, from left to right; its tokens are pieces of words over the letters a, b, c and d.
struct PieceTokenizer: Tokenizer {
  static let pieces = [
    "a", "b", "c", "d", "ab", "abc", "abcd", "bc", "bcd", "cd", "da", "dab", "aa", "aaaa", "cb", "cba", "dd",
  ]
  let vocabulary = Vocabulary(
    known: pieces.map { Token($0) } + [Token("<?>", kind: .unknown), Token("<end>", kind: .control)])

  func encode(_ text: [UInt8], options: EncodingOptions) throws -> [TokenID] {
    var tokens: [TokenID] = []
    var start = 0
    while start < text.count {
      let lengths = stride(from: min(4, text.count - start), to: 0, by: -1)
      let found = lengths.lazy.compactMap { vocabulary.id(forBytes: text[start..<start + $0]) }.first
      tokens.append(found ?? 17)
      start += found.map { vocabulary.bytes(of: $0).count } ?? 1
    }
    return tokens
  }
}

@Suite("Healing", .enabled(if: Engine.isInstalled, Engine.advice))
struct HealingTests {
  static let names = [
    "cached", "uncached", "merged", "recurrent", "one-logit", "last-logit", "last-logit-uncached", "no-positions",
  ]

  private func random(_ count: Int, _ generator: inout SeededGenerator) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 97...100, using: &generator) }
  }

  @Test(
    "A session whose text grew, shrank and changed heals like one that evaluates every text from the start",
    arguments: names)
  func rollBack(name: String) async throws {
    let backend = try Fixtures.backend(name, tokenizer: PieceTokenizer())
    let healer = TokenHealer(backend.vocabulary)
    var generator = SeededGenerator(state: 0x4EA1)
    let session = try await backend.makeSession()
    var text = random(3, &generator)
    var healed = 0
    for step in 0..<60 {
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: text.removeLast(Int.random(in: 0..<text.count, using: &generator))
      case 1: text[Int.random(in: 0..<text.count, using: &generator)] = random(1, &generator)[0]
      default: text += random(Int.random(in: 1...3, using: &generator), &generator)
      }
      if text.count > 30 { text.removeFirst(12) }
      let healing = [TokenHealing.standard, .standard, .off, TokenHealing(boundaries: 1)][step % 4]
      let context = ContextText(prompt: RenderedPrompt("ab"), answer: text, healing: healing)
      let prediction = try await session.predict(after: context)
      // The formula over sessions that read each boundary's tokens alone.
      var reader = ContextReader(PieceTokenizer())
      let read = try reader.read(context)
      let boundaries = healer.boundaries(of: read, healing: healing)
      var rows: [Int: [Float]] = [:]
      for count in boundaries {
        let start = ContextText(
          prompt: RenderedPrompt(parts: []), answerTokens: Array(read.tokens[..<count]), healing: .off)
        rows[count] = try await backend.makeSession().predict(after: start).logits
      }
      let expected = try healer.heal(read, boundaries: boundaries) { rows[$0] ?? [] }
      let shown = String(decoding: text, as: UTF8.self)
      #expect(distance(prediction.logits, expected) < 1e-4, "\(name), step \(step): \(shown)")
      #expect(prediction.work.kept + prediction.work.evaluated >= read.tokens.count)
      if boundaries.count > 1 { healed += 1 }
    }
    #expect(healed > 20)
  }

  @Test("With healing off, and where no token goes on, logits are the model's own, bit for bit")
  func off() async throws {
    let backend = try Fixtures.backend("cached", tokenizer: PieceTokenizer())
    func logits(_ text: String, _ healing: TokenHealing) async throws -> [Float] {
      try await backend.makeSession().predict(after: ContextText(text, healing: healing)).logits
    }
    func model(_ text: String) async throws -> [Float] {
      let tokens = try PieceTokenizer().encode(Array(text.utf8), options: EncodingOptions())
      let context = ContextText(prompt: RenderedPrompt(parts: []), answerTokens: tokens)
      return try await backend.makeSession().predict(after: context).logits
    }
    #expect(try await logits("cbaab", .off) == model("cbaab"))
    #expect(try await logits("abcdabcd", .standard) == model("abcdabcd"))
    #expect(try await logits("cbaab", .standard) != model("cbaab"))
  }

  @Test("A text that was just read costs nothing", arguments: names)
  func again(name: String) async throws {
    let session = try await Fixtures.backend(name, tokenizer: PieceTokenizer()).makeSession()
    let context = ContextText("dddcbaab")
    let first = try await session.predict(after: context)
    let second = try await session.predict(after: context)
    #expect(second.logits == first.logits)
    #expect(second.work == Prediction.Work(kept: 4))
  }

  @Test("Tokens are counted without evaluating any, with the same errors as predictions")
  func tokenCount() async throws {
    let session = try await Fixtures.backend("cached", tokenizer: PieceTokenizer()).makeSession()
    #expect(try await session.tokenCount(of: ContextText("abcdab")) == 2)
    #expect(try await session.predict(after: ContextText("abcdab")).work == Prediction.Work(evaluated: 2))
    let cases: [(ContextText, BackendError.Code)] = [
      (ContextText(""), .emptyPrompt), (ContextText(String(repeating: "ac", count: 20)), .contextOverflow),
      (ContextText(prompt: RenderedPrompt("a"), answerTokens: [-1]), .invalidArgument),
    ]
    for (context, code) in cases {
      let counting = await #expect(throws: BackendError.self) { try await session.tokenCount(of: context) }
      let predicting = await #expect(throws: BackendError.self) { try await session.predict(after: context) }
      #expect(counting?.code == code)
      #expect(counting == predicting)
    }
  }

  @Test("Tokens that stand for what the vocabulary cannot express are counted")
  func unknownTokens() async throws {
    let session = try await Fixtures.backend("cached", tokenizer: PieceTokenizer()).makeSession()
    #expect(try await session.predict(after: ContextText("abxyab")).unknownTokens == 2)
    #expect(try await session.predict(after: ContextText("abcd")).unknownTokens == 0)
  }

  @Test("An assistant that is handed an answer evaluates what has changed at its end", arguments: [1, 3, 4])
  func growth(size: Int) async throws {
    let backend = try Fixtures.backend("recurrent", tokenizer: PieceTokenizer()) { $0.contextLength = 1000 }
    var generator = SeededGenerator(state: 0x60)
    let pieces = (0..<900).map { _ in random(size, &generator) }
    let growth = try await Growth(of: ContextText("abcdabcdabcd"), by: pieces, to: 400, backend, PieceTokenizer())
    #expect(growth.evaluated <= growth.changed * 21 / 20, "\(growth)")
    if size == 4 { #expect(growth.evaluated <= growth.count * 13 / 10, "\(growth)") }
  }
}

/// The cost of following an answer that is handed over piece by piece.
struct Growth {
  /// The text's tokens at the end, and the number of its pieces.
  var count = 0
  var steps = 0
  /// Tokens that went through the model.
  var evaluated = 0
  /// Tokens that the text did not have before, at least one per step.
  var changed = 0

  init(
    of context: ContextText, by pieces: [[UInt8]], to limit: Int, _ backend: ONNXBackend, _ tokenizer: any Tokenizer
  ) async throws {
    let session = try await backend.makeSession()
    var context = context
    var before: [TokenID] = []
    for piece in pieces where count < limit {
      context.answer += piece
      let tokens = try tokenizer.encode(context)
      evaluated += try await session.predict(after: context).work.evaluated
      changed += max(1, tokens.count - zip(before, tokens).prefix { $0 == $1 }.count)
      before = tokens
      count = tokens.count
      steps += 1
    }
  }
}

extension BundledModelTests {
  static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("HuggingFaceTokenizersTests/Fixtures").path

  /// The answer comes in the pieces of another tokenizer, finer than its own, in words, or character by character.
  @Test(
    "As an assistant it evaluates what has changed at the end of the text",
    arguments: ["gpt2", "llama3", "llama-metaspace", "words", "characters"])
  func growth(name: String) async throws {
    let words = "The capital of France is Paris, and twelve plus thirty is forty-two.\nThe plural of mouse is mice. "
    let text = Array(String(repeating: words, count: 12).utf8)
    var pieces = text.map { [$0] }
    if name == "words" {
      pieces = text.split(separator: 0x20).map { [0x20] + $0 }
    } else if name != "characters" {
      let other = try HuggingFaceTokenizer(file: "\(Self.fixtures)/\(name).tokenizer.json")
      pieces = try other.encode(text, options: EncodingOptions(isStart: false)).map {
        Array(other.vocabulary.bytes(of: $0))
      }
    }
    let tokenizer = try HuggingFaceTokenizer(file: BundledModel.folder + "/tokenizer.json")
    let growth = try await Growth(
      of: ContextText("Question: What do you know about the world?\nAnswer:"), by: pieces, to: 240,
      ONNXBackend(folder: BundledModel.folder), tokenizer)
    print(
      "scholar, handed \(growth.steps) pieces (\(name)): \(growth.evaluated) evaluated, \(growth.changed) changed, "
        + "\(growth.count) own")
    #expect(growth.count >= 240)
    #expect(growth.evaluated <= growth.changed * 21 / 20, "\(growth)")
    if name == "words" { #expect(growth.evaluated <= growth.count * 13 / 10, "\(growth)") }
  }
}
