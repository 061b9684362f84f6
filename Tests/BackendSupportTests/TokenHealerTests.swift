import LinearAlgebra
import ModelBackends
import Testing

@testable import BackendSupport

/// A language of a few strings with random weights, written only in its tokenizer's own tokenisation.
private struct FiniteLanguage {
  let tokenizer: LongestMatchTokenizer
  let strings: [(tokens: [TokenID], bytes: [UInt8], weight: Double)]

  init(_ tokens: [String], alphabet: String, maximumLength: Int, seed: UInt64) throws {
    tokenizer = LongestMatchTokenizer(tokens)
    var random = SplitMix64(seed: seed)
    var all: [[UInt8]] = [[]]
    var last = all
    for _ in 0..<maximumLength {
      last = last.flatMap { string in alphabet.utf8.map { string + [$0] } }
      all += last
    }
    let end = tokenizer.vocabulary.endOfGeneration[0]
    strings = try all.map { [tokenizer] bytes in
      let tokens = try tokenizer.encode(bytes, options: EncodingOptions())
      return (tokens + [end], bytes, Double.random(in: 0...1, using: &random))
    }
  }

  /// The next-token logits after some tokens; nonsense after tokens that the language never writes.
  func logits(after tokens: some Collection<TokenID>) -> [Float] {
    var weights = [Double](repeating: 0, count: tokenizer.vocabulary.count)
    for string in strings where string.tokens.count > tokens.count && string.tokens.starts(with: tokens) {
      weights[string.tokens[tokens.count]] += string.weight
    }
    if weights.allSatisfy({ $0 == 0 }) { weights[0] = 1 }
    return weights.map { Float(ElementaryFunctions.log($0)) }
  }

  /// The continuation of a text, over all strings that begin with it: the rest of the token that ends beyond it.
  func truth(after text: [UInt8]) -> [Double] {
    let vocabulary = tokenizer.vocabulary
    var weights = [Double](repeating: 0, count: vocabulary.count)
    for string in strings where string.bytes.starts(with: text) {
      var position = 0
      for token in string.tokens.dropFirst() {
        let bytes = vocabulary.kind(of: token).isText ? Array(vocabulary.bytes(of: token)) : []
        guard bytes.isEmpty || position + bytes.count > text.count else {
          position += bytes.count
          continue
        }
        weights[bytes.isEmpty ? token : best(Array(bytes.dropFirst(text.count - position)), in: vocabulary)] +=
          string.weight
        break
      }
    }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  private func best(_ bytes: [UInt8], in vocabulary: Vocabulary) -> TokenID {
    let candidates = vocabulary.indices.filter {
      vocabulary.kind(of: $0).isText && bytes.starts(with: vocabulary.bytes(of: $0))
    }
    return candidates.max { vocabulary.bytes(of: $0).count < vocabulary.bytes(of: $1).count }!
  }
}

private func heal(
  _ healer: TokenHealer, _ text: ContextTokens, _ healing: TokenHealing = TokenHealing(boundaries: 16),
  _ logits: (ArraySlice<TokenID>) -> [Float]
) throws -> [Float] {
  let boundaries = healer.boundaries(of: text, healing: healing)
  return try healer.heal(text, boundaries: boundaries) { logits(text.tokens[..<$0]) }
}

@Suite("Healing") struct TokenHealerTests {
  static let words = ["a", "b", "c", "ab", "abc", "bca", "cc", "caa", "bb"]

  @Test("Equals the probability over all strings of a language, at every text", arguments: [1, 2, 3] as [UInt64])
  func equalsTheLanguage(seed: UInt64) throws {
    let language = try FiniteLanguage(Self.words, alphabet: "abc", maximumLength: 6, seed: seed)
    let healer = TokenHealer(language.tokenizer.vocabulary)
    var healed = 0
    for string in language.strings where string.bytes.count <= 5 {
      let text = ContextTokens(tokens: string.tokens.dropLast())
      let truth = language.truth(after: string.bytes)
      let answer = try softmax(try heal(healer, text) { language.logits(after: $0) })
      for (found, expected) in zip(answer, truth) { #expect(abs(Double(found) - expected) < 1e-5) }
      let asked = try softmax(language.logits(after: text.tokens))
      if zip(asked, truth).contains(where: { abs(Double($0) - $1) > 0.01 }) { healed += 1 }
    }
    #expect(healed > 20, "The unhealed answers are right already: the test shows nothing.")
  }

  @Test(
    "Is the sum over all tokenisations of the text that follow its tokens up to the last",
    arguments: [4, 5] as [UInt64])
  func equalsEnumeration(seed: UInt64) throws {
    let tokenizer = LongestMatchTokenizer(Self.words)
    let vocabulary = tokenizer.vocabulary
    let healer = TokenHealer(vocabulary)
    /// A model that gives every token after every text some probability.
    func logits(_ tokens: some Collection<TokenID>) -> [Float] {
      var random = SplitMix64(seed: tokens.reduce(seed) { $0 &* 31 &+ UInt64($1) })
      return vocabulary.indices.map { _ in Float.random(in: -3...3, using: &random) }
    }
    for word in ["a", "ab", "bc", "cab", "abca", "cca", "abccaab", "bbca"] {
      let tokens = try tokenizer.encode(word)
      let bytes = Array(word.utf8)
      // Every token sequence whose bytes are the text, or extend beyond it with the last token.
      var tokenisations: [(tokens: [TokenID], probability: Double)] = []
      func extend(_ tokenisation: [TokenID], _ spelt: [UInt8], _ probability: Double) throws {
        for (token, share) in try softmax(logits([tokens[0]] + tokenisation)).enumerated() {
          let next = vocabulary.kind(of: token).isText ? spelt + vocabulary.bytes(of: token) : spelt
          if next.count > bytes.count || spelt.count == bytes.count {
            if next.starts(with: bytes) { tokenisations.append((tokenisation + [token], probability * Double(share))) }
          } else if next.count > spelt.count, bytes.starts(with: next) {
            try extend(tokenisation + [token], next, probability * Double(share))
          }
        }
      }
      try extend([], [], 1)
      var expected = [Double](repeating: 0, count: vocabulary.count)
      for tokenisation in tokenisations where tokens.dropFirst().starts(with: tokenisation.tokens.dropLast()) {
        let before = tokenisation.tokens.dropLast().reduce(0) { $0 + vocabulary.bytes(of: $1).count }
        let last = tokenisation.tokens.last!
        let rest = vocabulary.bytes(of: last).dropFirst(bytes.count - before)
        let lengths = stride(from: rest.count, to: 0, by: -1)
        let target = before == bytes.count ? last : lengths.compactMap { vocabulary.id(forBytes: rest.prefix($0)) }[0]
        expected[target] += tokenisation.probability
      }
      let sum = expected.reduce(0, +)
      let answer = try softmax(try heal(healer, ContextTokens(tokens: tokens)) { logits($0) })
      for (found, expected) in zip(answer, expected) { #expect(abs(Double(found) - expected / sum) < 1e-5) }
    }
  }

  /// The definition in double precision: a whole distribution at every boundary.
  private func formula(
    _ text: ContextTokens, _ boundaries: ClosedRange<Int>, _ vocabulary: Vocabulary, _ logits: (Int) -> [Float]
  ) throws -> [Double] {
    var healed = [Double](repeating: 0, count: vocabulary.count)
    var weight = 1.0
    for boundary in boundaries {
      let logits = logits(boundary)
      let largest = Double(logits.max() ?? 0)
      let exponentials = logits.map { ElementaryFunctions.exp(Double($0) - largest) }
      let distribution = exponentials.map { $0 / exponentials.reduce(0, +) }
      let tail = vocabulary.text(of: text.tokens[boundary...])
      for (token, probability) in distribution.enumerated() {
        guard boundary < boundaries.upperBound else {
          healed[token] += weight * probability
          continue
        }
        let bytes = Array(vocabulary.bytes(of: token))
        guard vocabulary.kind(of: token).isText, boundary < text.chosenStart, bytes.count > tail.count,
          bytes.starts(with: tail)
        else { continue }
        let rest = bytes[tail.count...]
        let lengths = stride(from: rest.count, to: 0, by: -1)
        guard let best = lengths.lazy.compactMap({ vocabulary.id(forBytes: rest.prefix($0)) }).first else { continue }
        healed[best] += weight * probability
      }
      if boundary < boundaries.upperBound { weight *= distribution[text.tokens[boundary]] }
    }
    let sum = healed.reduce(0, +)
    return healed.map { $0 / sum }
  }

  @Test("Is the formula of whole distributions, up to rounding", arguments: UInt64(1)...6)
  func equalsTheFormula(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    // Many tokens that continue the text, and few.
    let syllables = ["a", "b", "ab", "ba", "bb", "aab", "abab"]
    let words = Set(
      (0..<400).map { _ in
        (0..<Int.random(in: 1...4, using: &random)).map { _ in
          syllables[Int.random(in: syllables.indices, using: &random)]
        }.joined()
      }
    ).sorted()
    let tokenizer = LongestMatchTokenizer(["a", "b", "c", "x", "xy"] + words.filter { $0.utf8.count > 1 })
    let vocabulary = tokenizer.vocabulary
    let healer = TokenHealer(vocabulary)
    var healed = 0
    for _ in 0..<60 {
      let word = (0..<Int.random(in: 1...9, using: &random)).map { _ in
        ["a", "b", "c", "x"][Int.random(in: 0..<4, using: &random)]
      }.joined()
      let tokens = try tokenizer.encode(word)
      let chosen = Int.random(in: 0...3, using: &random) == 0 ? Int.random(in: 1...tokens.count, using: &random) : nil
      let text = ContextTokens(tokens: tokens, chosenStart: chosen)
      let rows = tokens.indices.map { _ in
        vocabulary.indices.map { _ in
          Int.random(in: 0..<20, using: &random) == 0 ? -Float.infinity : Float.random(in: -12...12, using: &random)
        }
      }
      let boundaries = healer.boundaries(of: text, healing: TokenHealing(boundaries: 6))
      guard boundaries.count > 1 else { continue }
      let expected = try formula(text, boundaries, vocabulary) { rows[$0 - 1] }
      // Where no tokenisation is possible, the model's own answer stands.
      guard expected.allSatisfy(\.isFinite) else { continue }
      healed += 1
      let found = try healer.heal(text, boundaries: boundaries) { rows[$0 - 1] }
      for (logit, expected) in zip(found, expected) {
        #expect(abs(Double(ElementaryFunctions.exp(logit)) - expected) <= 1e-5 * expected + 1e-12)
      }
      // The parts can come one by one, with rows that others use too.
      var sum = HealingSum(text, boundaries: boundaries, healer: healer)
      for boundary in boundaries {
        let row = LogitRow(rows[boundary - 1])
        _ = try row.probabilities(of: [0, 1])
        _ = try row.probabilities(of: vocabulary.indices.map(\.self)[...])
        try sum.add(row, at: boundary)
        try sum.add(row, at: boundaries.upperBound + 1)
      }
      let parts = try #require(sum.logits)
      #expect(zip(parts, found).allSatisfy { $0 == $1 || abs($0 - $1) < 1e-4 })
    }
    #expect(healed > 15)
  }

  @Test("Changes nothing, to the bit, where no token goes on or healing is off")
  func changesNothingWhereNothingIsOpen() throws {
    let tokenizer = LongestMatchTokenizer(Self.words)
    let healer = TokenHealer(tokenizer.vocabulary)
    let logits = tokenizer.vocabulary.indices.map { Float($0) * 0.37 - 1 }
    for (word, healing) in [("abc", TokenHealing.standard), ("caa", .standard), ("ab", .off)] {
      let text = ContextTokens(tokens: try tokenizer.encode(word))
      #expect(healer.boundaries(of: text, healing: healing) == text.tokens.count...text.tokens.count)
      #expect(try heal(healer, text, healing) { _ in logits } == logits)
    }
  }

  @Test("Looks no further back than its limit, markup, and the tokens that a model chose")
  func boundaries() throws {
    let tokenizer = LongestMatchTokenizer(["a", "b", "aaaaaaaa"])
    let healer = TokenHealer(tokenizer.vocabulary)
    let tokens = try tokenizer.encode("aaaaa")
    func boundaries(_ openStart: Int, _ chosenStart: Int? = nil, healing: Int = 9) -> ClosedRange<Int> {
      let text = ContextTokens(tokens: tokens, openStart: openStart, chosenStart: chosenStart)
      return healer.boundaries(of: text, healing: TokenHealing(boundaries: healing))
    }
    #expect(boundaries(0) == 1...6)
    #expect(boundaries(0, healing: 2) == 4...6)
    #expect(boundaries(3) == 3...6)
    #expect(boundaries(6) == 6...6)
    // The prompt ended after four tokens; the model's text after it can still be the rest of a longer token.
    #expect(boundaries(2, 4) == 2...6)
    #expect(boundaries(4, 4) == 6...6)
    // Control tokens and tokens that stand for no text are never part of a longer one.
    let markup = ContextTokens(tokens: [0, tokenizer.vocabulary.endOfGeneration[0], 0])
    #expect(healer.boundaries(of: markup, healing: .standard) == 2...3)
    #expect(healer.boundaries(of: ContextTokens(tokens: []), healing: .standard) == 0...0)
  }

  @Test("Counts what the model chose with its probability, and offers nothing at boundaries of its own")
  func chosenTokens() throws {
    let tokenizer = LongestMatchTokenizer(["a", "b", "ab", "abb", "bb"])
    let vocabulary = tokenizer.vocabulary
    let healer = TokenHealer(vocabulary)
    // The prompt "a", then "b" chosen: "abb" began in the prompt, "bb" would have begun at the model's own boundary.
    let text = ContextTokens(tokens: [vocabulary.beginningOfText!, 0, 1], chosenStart: 2)
    let table: [Int: [Float]] = [
      1: [0.5, 0, 0, 0.5, 0, 0, 0], 2: [0, 0.25, 0, 0, 0.75, 0, 0], 3: [1, 0, 0, 0, 0, 0, 0],
    ]
    let answer = try softmax(try heal(healer, text) { table[$0.count]!.map { ElementaryFunctions.log($0) } })
    // After "a" (0.5) the model chose "b" (0.25) and continues with "a"; "abb" (0.5) continues with "b".
    #expect(abs(answer[0] - 0.2) < 1e-6)
    #expect(abs(answer[1] - 0.8) < 1e-6)
  }

  @Test("Returns unusable logits of the last position unchanged; earlier ones are an error")
  func unusableLogits() throws {
    let tokenizer = LongestMatchTokenizer(["a", "aa"])
    let healer = TokenHealer(tokenizer.vocabulary)
    let text = ContextTokens(tokens: try tokenizer.encode("a"))
    let sound: [Float] = [0, 0, 0, 0]
    let bad: [Float] = [0, .infinity, 0, 0]
    #expect(try heal(healer, text) { $0.count == 2 ? bad : sound } == bad)
    let error = #expect(throws: BackendError.self) { try heal(healer, text) { $0.count == 1 ? bad : sound } }
    #expect(error?.code == .engineFailure && error?.problem.contains("1 tokens before the end") == true)
  }

  @Test("Reports a number of logits that is not the number of tokens", arguments: [0, 2, 6])
  func wrongCounts(count: Int) throws {
    let tokenizer = LongestMatchTokenizer(["a", "aa"])
    let healer = TokenHealer(tokenizer.vocabulary)
    let text = ContextTokens(tokens: try tokenizer.encode("a"))
    let wrong = [Float](repeating: 0, count: count)
    #expect(try heal(healer, text) { $0.count == 2 ? wrong : [0, 0, 0, 0] } == wrong)
    let error = #expect(throws: BackendError.self) { try heal(healer, text) { $0.count == 1 ? wrong : [0, 0, 0, 0] } }
    #expect(error?.problem.contains("\(count) for 4") == true)
  }

  @Test("Skips bytes that the vocabulary cannot express, and falls back to the model's own answer")
  func inexpressibleRests() throws {
    let vocabulary = Vocabulary(known: [Token("x"), Token("a"), Token("aé"), Token("</s>", kind: .control)])
    let healer = TokenHealer(vocabulary)
    let text = ContextTokens(tokens: [0, 1])
    let answer = try softmax(try heal(healer, text) { $0.count == 1 ? [0, 0, 0, 0] : [0, 0, 0, 2] })
    let plain = try softmax([0, 0, 0, 2])
    for (a, b) in zip(answer, plain) { #expect(abs(a - b) < 1e-6) }
    let impossible: [Float] = [0, -.infinity, 0, 0]
    #expect(try heal(healer, text) { $0.count == 1 ? impossible : [0, 0, 0, 2] } == [0, 0, 0, 2])
  }
}
