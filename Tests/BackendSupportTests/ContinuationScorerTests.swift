import BackendSupport
import LinearAlgebra
import ModelBackends
import Testing

/// All strings of an alphabet up to a length with random weights, written only in a tokenizer's own tokenisation.
private struct WeightedStrings {
  let tokenizer: LongestMatchTokenizer
  let strings: [(tokens: [TokenID], bytes: [UInt8], weight: Double)]

  init(_ tokens: [String], maximumLength: Int, seed: UInt64) throws {
    tokenizer = LongestMatchTokenizer(tokens)
    var random = SplitMix64(seed: seed)
    var all: [[UInt8]] = [[]]
    var last = all
    for _ in 0..<maximumLength {
      last = last.flatMap { string in "abc".utf8.map { string + [$0] } }
      all += last
    }
    let end = tokenizer.vocabulary.endOfGeneration[0]
    strings = try all.map { [tokenizer] bytes in
      (try tokenizer.encode(bytes, options: EncodingOptions()) + [end], bytes, Double.random(in: 0...1, using: &random))
    }
  }

  func logits(after tokens: [TokenID]) -> [Float] {
    var weights = [Double](repeating: 0, count: tokenizer.vocabulary.count)
    for string in strings where string.tokens.count > tokens.count && string.tokens.starts(with: tokens) {
      weights[string.tokens[tokens.count]] += string.weight
    }
    if weights.allSatisfy({ $0 == 0 }) { weights[0] = 1 }
    return weights.map { Float(ElementaryFunctions.log($0)) }
  }

  func weight(beginningWith text: [UInt8]) -> Double {
    strings.reduce(0) { $0 + ($1.bytes.starts(with: text) ? $1.weight : 0) }
  }
}

/// Answers from a table of tokens, and counts the requests.
private actor TokenSession: ModelSession {
  let tokenizer: any Tokenizer
  let answer: @Sendable ([TokenID]) -> [Float]
  private(set) var questions = 0

  init(_ tokenizer: any Tokenizer, _ answer: @escaping @Sendable ([TokenID]) -> [Float]) {
    self.tokenizer = tokenizer
    self.answer = answer
  }

  func predict(after context: ContextText) throws -> Prediction {
    questions += 1
    return Prediction(logits: answer(try tokenizer.encode(context)), work: Prediction.Work(evaluated: 1))
  }
}

@Suite("Scores of continuations") struct ContinuationScorerTests {
  private static let words = ["a", "b", "c", "ab", "abc", "bca", "cc", "caa", "bb"]

  @Test("Equal the probabilities of all strings of a language, at every text", arguments: [1, 2, 3] as [UInt64])
  func equalsTheLanguage(seed: UInt64) async throws {
    let language = try WeightedStrings(Self.words, maximumLength: 6, seed: seed)
    let session = TokenSession(language.tokenizer) { language.logits(after: $0) }
    let scorer = ContinuationScorer(tokenizer: language.tokenizer, vocabulary: language.tokenizer.vocabulary)
    let texts = language.strings.map(\.bytes)
    let continuations = texts.filter { $0.count <= 3 }
    for text in texts where text.count <= 3 {
      let context = ContextText(
        prompt: RenderedPrompt(parts: [.text(text)]), answer: [], healing: TokenHealing(boundaries: 16))
      let scores = try await scorer.score(continuations, after: context, asking: session)
      for (continuation, score) in zip(continuations, scores.logProbabilities) {
        let expected = language.weight(beginningWith: text + continuation) / language.weight(beginningWith: text)
        let found = ElementaryFunctions.exp(try #require(score))
        #expect(abs(found - expected) < 1e-5, "\(text) \(continuation)")
      }
    }
  }

  @Test("Take one prediction for each shared prefix, and none for last tokens")
  func questions() async throws {
    let tokenizer = LongestMatchTokenizer(["a", "b", "c"])
    let session = TokenSession(tokenizer) { _ in [0, 0, 0, 0, 0] }
    let scorer = ContinuationScorer(tokenizer: tokenizer, vocabulary: tokenizer.vocabulary)
    let continuations = ["a", "b", "ab", "abc", "aba", "ca"].map { Array($0.utf8) }
    let scores = try await scorer.score(continuations, after: ContextText("c"), asking: session)
    // The text, "a", "ab" and "c".
    #expect(await session.questions == 4)
    #expect(scores.work.evaluated == 4)
    for (continuation, score) in zip(continuations, scores.logProbabilities) {
      let score = try #require(score)
      #expect(abs(score + Double(continuation.count) * ElementaryFunctions.log(5.0)) < 1e-5)
    }
  }

  @Test("Are none for what the vocabulary cannot express, and certain for nothing")
  func extremes() async throws {
    let tokenizer = LongestMatchTokenizer(["a", "b"])
    let session = TokenSession(tokenizer) { _ in [0, -.infinity, 0, 0] }
    let scorer = ContinuationScorer(tokenizer: tokenizer, vocabulary: tokenizer.vocabulary)
    let continuations = ["", "x", "ax", "b", "a"].map { Array($0.utf8) }
    let scores = try await scorer.score(continuations, after: ContextText("a"), asking: session).logProbabilities
    #expect(scores[0] == 0)
    #expect(scores[1] == nil && scores[2] == nil)
    #expect(scores[3] == -.infinity)
    #expect(abs((scores[4] ?? 0) + ElementaryFunctions.log(3.0)) < 1e-5)
  }

  @Test("Keep the tokens that the model chose itself")
  func chosenTokens() async throws {
    let tokenizer = LongestMatchTokenizer(["a", "b", "ab", "bb"])
    let session = TokenSession(tokenizer) { tokens in tokens.last == 0 ? [0, 1, 5, 5, 0, 0] : [0, 3, 0, 2, 0, 0] }
    let scorer = ContinuationScorer(tokenizer: tokenizer, vocabulary: tokenizer.vocabulary)
    let context = ContextText(prompt: RenderedPrompt("b"), answer: [0x61], answerTokens: [0])
    let score = try await scorer.score([[0x62]], after: context, asking: session).logProbabilities[0]
    // After the chosen "a", "b" or "bb": "ab" would have begun at the model's own boundary.
    let next = try softmax([0, 1, 5, 5, 0, 0])
    let found = ElementaryFunctions.exp(try #require(score))
    #expect(abs(found - Double(next[1] + next[3])) < 1e-6)
  }
}

@Suite("Trees of tokens") struct TokenTreeTests {
  @Test("Share common prefixes, and know the path to each node")
  func sharing() {
    var tree = TokenTree(trunk: [7, 8, 9])
    #expect(tree.insert([1, 2], at: 3) == [0, 1])
    #expect(tree.insert([1, 3], at: 3) == [0, 2])
    #expect(tree.insert([1], at: 2) == [3])
    #expect(tree.insert([], at: 3) == [])
    #expect(tree.nodes.map(\.position) == [3, 4, 4, 2])
    #expect(tree.tokens(through: 2) == [7, 8, 9, 1, 3])
    #expect(tree.tokens(through: 3) == [7, 8, 1])
    #expect(tree.leaves == [1, 2, 3])
  }
}
