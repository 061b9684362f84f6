import BackendSupport
import LinearAlgebra
import ModelBackendTesting
import ModelBackends
import Testing

@Suite("Scoring a prompt") struct PromptReadingTests {
  private let tokenizer = LongestMatchTokenizer([" the", " cat", "cat", " sat", "s", " "], bytes: true)

  /// Logits that depend on all earlier tokens.
  private func logits(after tokens: ArraySlice<TokenID>) -> [Float] {
    var random = SplitMix64(seed: tokens.reduce(7) { $0 &* 31 &+ UInt64($1) })
    return tokenizer.vocabulary.indices.map { _ in Float.random(in: -4...4, using: &random) }
  }

  private func expected(_ tokens: [TokenID], _ ranges: [Range<Int>]) throws -> (Double, Int) {
    try ranges.joined().reduce((0, 0)) { sum, index in
      guard index > 0, !tokenizer.vocabulary.text(of: [tokens[index]]).isEmpty else { return sum }
      let logits = logits(after: tokens[..<index])
      let score = Double(logits[tokens[index]] - (try logSumExp(logits)))
      return (sum.0 + score, sum.1 + tokenizer.vocabulary.bytes(of: tokens[index]).count)
    }
  }

  @Test("Is the sum over the message's tokens, whatever was read before", arguments: UInt64(1)...12)
  func equalsTheSum(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let stride = Int(seed % 4) + 1
    var (reader, reading) = (ContextReader(tokenizer), PromptReading(stride: stride))
    var words: [String] = []
    for _ in 0..<40 {
      switch Int.random(in: 0..<4, using: &random) {
      case 0: words = Array(words.dropLast(Int.random(in: 0...words.count, using: &random)))
      default: words += [" the", " cat", " sat", "x"].shuffled(using: &random).prefix(3)
      }
      let parts: [RenderedPrompt.Part] = [
        .text(Array("cat".utf8)), .markup(" sat</s>"), .text(Array(words.joined().utf8)), .markup("</s> cat"),
      ]
      let text = try reader.read(ContextText(prompt: RenderedPrompt(parts: parts)))
      if let needed = reading.begin(text.tokens) {
        #expect(needed.upperBound == text.tokens.count && (needed.lowerBound - 1) % stride == 0)
        for count in needed { try reading.note(logits(after: text.tokens[..<count]), after: count) }
        // A session may have read the last tokens one by one.
        reading.end(whole: Int.random(in: 0...text.tokens.count / stride, using: &random) * stride)
      }
      let score = reading.score(of: text, vocabulary: tokenizer.vocabulary, work: .init())
      let (sum, bytes) = try expected(text.tokens, text.messageRanges)
      #expect(abs(score.logProbability - sum) < 1e-9 && score.byteCount == bytes)
      #expect(bytes == 3 + words.joined().utf8.count)
      #expect(reading.begin(text.tokens) == nil)
    }
  }

  @Test("Tokens outside whole passes are evaluated again when the prompt grows") func growth() throws {
    func needed(_ first: Int, whole: Int, _ second: [TokenID]) throws -> ClosedRange<Int>? {
      var reading = PromptReading(stride: 4)
      for count in reading.begin(Array(0..<first)) ?? 1...1 {
        try reading.note(Array(repeating: 0, count: 20), after: count)
      }
      reading.end(whole: whole)
      return reading.begin(second)
    }
    #expect(try needed(10, whole: 8, Array(0..<14)) == 9...14)
    #expect(try needed(10, whole: 4, Array(0..<14)) == 5...14)
    #expect(try needed(10, whole: 8, Array(0..<8) + [15, 16]) == 5...10)
    #expect(try needed(10, whole: 8, [15] + Array(1..<10)) == 1...10)
    #expect(try needed(10, whole: 8, Array(0..<10)) == nil)
    #expect(try needed(10, whole: 8, Array(0..<6)) == 5...6)
    #expect(try needed(1, whole: 0, [0]) == nil)
  }

  @Test("Reads one token after the other from a session") func readsFromASession() async throws {
    let backend = ScriptedBackend(vocabulary: tokenizer.vocabulary) { [self] in
      #expect($0.healing == .off && $0.prompt.parts.isEmpty)
      return logits(after: ($0.answerTokens ?? [])[...])
    }
    let prompt = RenderedPrompt(parts: [.markup("cat"), .text(Array(" the cat sats".utf8))])
    let scorer = PromptScorer(tokenizer: tokenizer, vocabulary: tokenizer.vocabulary)
    let score = try await scorer.score(prompt, asking: backend.makeSession())
    var reader = ContextReader(tokenizer)
    let text = try reader.read(ContextText(prompt: prompt))
    let (sum, bytes) = try expected(text.tokens, text.messageRanges)
    #expect(abs(score.logProbability - sum) < 1e-9 && score.byteCount == bytes && bytes == 13)
    let bits = try #require(score.bitsPerByte)
    #expect(abs(bits + sum / ElementaryFunctions.log(2.0) / 13) < 1e-12)
    #expect(score.work.evaluated > 0)
    // Only a start precedes the first word; nothing is judged.
    let empty = try await scorer.score(RenderedPrompt(""), asking: backend.makeSession())
    #expect(empty.byteCount == 0 && empty.bitsPerByte == nil)
  }

  @Test("Describes unusable logits") func badLogits() async throws {
    let scorer = PromptScorer(tokenizer: tokenizer, vocabulary: tokenizer.vocabulary)
    let short = ScriptedBackend(vocabulary: tokenizer.vocabulary) { _ in [1] }
    await #expect(throws: BackendError.self) {
      try await scorer.score(RenderedPrompt(" the cat"), asking: short.makeSession())
    }
    let none = ScriptedBackend(vocabulary: tokenizer.vocabulary) { [count = tokenizer.vocabulary.count] _ in
      Array(repeating: .nan, count: count)
    }
    await #expect(throws: LinearAlgebraError.self) {
      try await scorer.score(RenderedPrompt(" the cat"), asking: none.makeSession())
    }
  }
}
