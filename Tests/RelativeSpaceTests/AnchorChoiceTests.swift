import LinearAlgebra
import ModelBackends
import Testing

@testable import RelativeSpace

/// Models that share some words, each with its own order of them and its own embeddings.
struct SharedWords {
  var random: SplitMix64
  let count: Int
  /// Each member's words' identifiers.
  var ids: [[Int]] = []
  /// Each member's embeddings by word, `[words × d]`.
  var embeddings: [Matrix] = []

  init(_ count: Int, seed: UInt64) {
    self.count = count
    random = SplitMix64(seed: seed)
  }

  mutating func vector(_ dimension: Int) -> [Float] {
    (0..<dimension).map { _ in Float.random(in: -1...1, using: &random) }
  }

  /// Adds a member whose words have these rows.
  mutating func add(_ rows: [[Float]]) {
    ids.append(Array(0..<count).shuffled(using: &random))
    embeddings.append(Matrix(rows: count, columns: rows[0].count, known: rows.flatMap(\.self)))
  }

  mutating func addRandom(_ dimension: Int) {
    add((0..<count).map { _ in vector(dimension) })
  }

  static func word(_ index: Int) -> String { String(UnicodeScalar(0x4e00 + UInt32(index)) ?? "?") }

  func vocabulary(_ member: Int) -> Vocabulary {
    var tokens = [Token](repeating: Token("?"), count: count)
    for word in 0..<count { tokens[ids[member][word]] = Token(Self.word(word)) }
    return Vocabulary(known: tokens)
  }

  /// The chosen words, as ascending indices; the members in the given order.
  func choose(_ selection: AnchorSelection, order: [Int]? = nil) throws -> [Int] {
    let order = order ?? Array(ids.indices)
    let tables = order.map { member -> Matrix in
      var table = embeddings[member]
      for word in 0..<count {
        for column in 0..<table.columns { table[ids[member][word], column] = embeddings[member][word, column] }
      }
      return table
    }
    let vocabularies = order.map(vocabulary)
    let material = AnchorMaterial(
      embeddings: { tables[$0] }, tokenizer: { CharacterTokenizer(vocabulary: vocabularies[$0]) })
    let anchors = try Anchors(
      shared: vocabularies, selection: selection, includesEndOfGeneration: false, material: material)
    let indices = Dictionary(uniqueKeysWithValues: (0..<count).map { (Array(Self.word($0).utf8), $0) })
    return anchors.all.compactMap { indices[$0.bytes ?? []] }
  }
}

/// Reads one character after the other.
struct CharacterTokenizer: Tokenizer {
  let vocabulary: Vocabulary

  func encode(_ text: [UInt8], options: EncodingOptions) throws -> [TokenID] {
    String(decoding: text, as: UTF8.self).compactMap { vocabulary.id(forBytes: Array(String($0).utf8)) }
  }
}

struct AnchorChoiceTests {
  static let choices: [(name: String, make: @Sendable (Int, UInt64) -> AnchorSelection)] = [
    ("farthest", { .farthest($0, seed: $1) }),
    ("k-means", { .kMeans($0, seed: $1) }),
    ("consistent", { .mostConsistent($0, references: 16, seed: $1) }),
    ("random", { .random($0, seed: $1) }),
    ("longest", { count, _ in .longest(count) }),
  ]

  @Test(arguments: choices.indices, UInt64(0)..<8)
  func theRequestedNumberInAnyOrderOfMembers(choice: Int, seed: UInt64) throws {
    var words = SharedWords(60, seed: seed)
    for dimension in [5, 7, 5] { words.addRandom(dimension) }
    // Some tokens are alike, one has no direction in one member, one is not a number in another.
    for member in 0..<3 {
      for column in 0..<words.embeddings[member].columns {
        for twin in 1...4 { words.embeddings[member][twin, column] = words.embeddings[member][0, column] }
      }
    }
    for column in 0..<7 { words.embeddings[1][9, column] = 0 }
    words.embeddings[2][11, 0] = .nan
    for count in [1, 2, 17, 57, 60, 100] {
      let selection = Self.choices[choice].make(count, seed)
      let chosen = try words.choose(selection)
      #expect(chosen.count == min(count, 60))
      #expect(Set(chosen).count == chosen.count)
      #expect(try words.choose(selection) == chosen)
      for order in [[1, 0, 2], [2, 1, 0], [2, 0, 1]] { #expect(try words.choose(selection, order: order) == chosen) }
    }
  }

  @Test(arguments: UInt64(0)..<5) func membersThatDifferInEmbeddingsAloneHaveAnOrderToo(seed: UInt64) throws {
    var words = SharedWords(40, seed: seed)
    for _ in 0..<3 { words.addRandom(6) }
    words.ids = Array(repeating: words.ids[0], count: 3)
    for selection in [AnchorSelection.farthest(12), .kMeans(12), .mostConsistent(12)] {
      #expect(try words.choose(selection) == words.choose(selection, order: [2, 0, 1]))
    }
  }

  @Test(arguments: UInt64(0)..<10) func farthestIsWhatComparingEverythingChooses(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let (count, dimension) = (seed.isMultiple(of: 2) ? 100 : 30, Int.random(in: 2...12, using: &random))
    let elements = (0..<count * dimension).map { _ in Float.random(in: -1...1, using: &random) }
    var rows = Matrix(rows: count, columns: dimension, known: elements)
    for row in 0..<count {
      let length = norm(Array(rows.row(row)))
      for column in 0..<dimension { rows[row, column] /= length }
    }
    let first = Int.random(in: 0..<count, using: &random)
    var expected = [first]
    while expected.count < count / 2 {
      let similarities = (0..<count).map { row in
        expected.map { BLAS.dot(Array(rows.row(row)), Array(rows.row($0))) }.max() ?? -1
      }
      let next = (0..<count).filter { !expected.contains($0) }.min { similarities[$0] < similarities[$1] }
      expected.append(next ?? 0)
    }
    var shares: [Double] = []
    let chosen = try FarthestPoints.choose(count, of: rows, from: first) { shares.append($0) }
    // Later ones may be equally far up to rounding.
    #expect(Array(chosen.prefix(count / 2)) == expected)
    #expect(Set(chosen).count == count)
    #expect(try FarthestPoints.choose(7, of: rows, from: first) { _ in } == Array(chosen.prefix(7)))
    #expect(shares == shares.sorted() && shares.allSatisfy { (0...1).contains($0) })
  }

  @Test(arguments: UInt64(0)..<10) func kMeansTakesOneTokenOfEachPlantedGroup(seed: UInt64) throws {
    var words = SharedWords(120, seed: seed)
    for dimension in [16, 24] {
      let centres = (0..<6).map { _ in words.vector(dimension) }
      let rows = (0..<120).map { word -> [Float] in
        let noise = words.vector(dimension)
        return zip(centres[word % 6], noise).map { centre, noise in centre + 0.05 * noise }
      }
      words.add(rows)
    }
    #expect(Set(try words.choose(.kMeans(6, seed: seed)).map { $0 % 6 }).count == 6)
    #expect(Set(try words.choose(.farthest(6, seed: seed)).map { $0 % 6 }).count == 6)
  }

  @Test func kMeansTakesTheTokenInTheMiddle() throws {
    var words = SharedWords(9, seed: 1)
    // Three fans of three directions; the one in the middle of a fan is nearest to the mean.
    let angles: [Double] = [0, 0.2, 0.4, 2.0, 2.3, 2.6, 4.0, 4.1, 4.2]
    words.add(angles.map { [ElementaryFunctions.cos($0), ElementaryFunctions.cos($0 - .pi / 2)].map { Float($0) } })
    for seed in 0..<10 { #expect(try words.choose(.kMeans(3, seed: UInt64(seed))) == [1, 4, 7]) }
  }

  @Test(arguments: UInt64(0)..<10) func consistentTokensAreThoseThatMembersSeeAlike(seed: UInt64) throws {
    var words = SharedWords(80, seed: seed)
    let base = (0..<80).map { _ in words.vector(32) }
    words.add(base)
    // The second member has the first one's words below 50 mirrored and scaled; the others are new.
    words.add(
      base.enumerated().map { word, row in
        word < 50 ? row.reversed().enumerated().map { $0 % 2 == 0 ? 3 * $1 : -3 * $1 } : words.vector(32)
      })
    let chosen = try words.choose(.mostConsistent(30, references: 64, seed: seed))
    #expect(chosen.allSatisfy { $0 < 50 })
  }

  @Test func frequentTokensAreCountedInTheText() throws {
    var words = SharedWords(6, seed: 3)
    words.addRandom(2)
    let text = [4, 4, 4, 1, 1, 5].map(SharedWords.word).joined()
    #expect(try words.choose(.mostFrequent(2, in: text)) == [1, 4])
    #expect(try words.choose(.mostFrequent(3, in: text)) == [1, 4, 5])
    // Tokens that the text does not contain follow by identifier.
    let lowest = [0, 2, 3].min { words.ids[0][$0] < words.ids[0][$1] } ?? 0
    #expect(Set(try words.choose(.mostFrequent(4, in: text))) == [1, 4, 5, lowest])
  }

  @Test func choicesThatCannotBe() throws {
    var words = SharedWords(8, seed: 1)
    words.addRandom(3)
    for (_, make) in Self.choices { #expect(code { try words.choose(make(0, 1)) } == .invalidOption) }
    #expect(code { try words.choose(.mostFrequent(-1, in: "a")) } == .invalidOption)
    #expect(code { try words.choose(.mostFrequent(1, in: "")) } == .invalidOption)
    #expect(code { try words.choose(.mostFrequent(1, in: "a", member: 4)) } == .invalidOption)
    #expect(code { try words.choose(.mostConsistent(2)) } == .invalidOption)
    #expect(code { try words.choose(.kMeans(2, iterations: 0)) } == .invalidOption)
    let vocabulary = words.vocabulary(0)
    for selection in [AnchorSelection.farthest(2), .kMeans(2)] {
      #expect(code { try Anchors(shared: [vocabulary], selection: selection) } == .noEmbeddings)
    }
    #expect(code { try Anchors(shared: [vocabulary, vocabulary], selection: .mostConsistent(2)) } == .noEmbeddings)
    #expect(code { try Anchors(shared: [vocabulary], selection: .mostFrequent(1, in: "a")) } == .noTokenizer)
    for table in [Matrix(rows: 7, columns: 3), Matrix(rows: 8, columns: 0)] {
      let short = AnchorMaterial(embeddings: { _ in table }, tokenizer: { _ in nil })
      #expect(
        code { try Anchors(shared: [vocabulary], selection: .farthest(2), material: short) } == .sizeMismatch)
    }
  }

  @Test func tokensWithoutDirectionComeLast() throws {
    var words = SharedWords(10, seed: 1)
    words.add((0..<10).map { $0 < 4 ? [0, 0] : words.vector(2) })
    words.add((0..<10).map { _ in words.vector(3) })
    for selection in [AnchorSelection.farthest(6), .kMeans(6), .mostConsistent(6)] {
      #expect(try words.choose(selection) == [4, 5, 6, 7, 8, 9])
    }
    words.embeddings[0] = Matrix(rows: 10, columns: 2)
    for selection in [AnchorSelection.farthest(3), .kMeans(3), .mostConsistent(3)] {
      #expect(try words.choose(selection) == [0, 1, 2])
    }
  }

  @Test func choosingStopsWhenCancelled() async {
    let choices = [AnchorSelection.farthest(20), .kMeans(20), .mostConsistent(20)]
    let words = {
      var words = SharedWords(50, seed: 1)
      for _ in 0..<2 { words.addRandom(4) }
      return words
    }()
    for selection in choices {
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try words.choose(selection)
      }
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  @Test func ownRulesReadDirections() throws {
    var words = SharedWords(12, seed: 5)
    words.addRandom(3)
    let rule = AnchorSelection.reading { candidates in
      let rows = try candidates.directions(ofMember: 0)
      #expect(abs(norm(Array(rows.row(0))) - 1) < 1e-6)
      return candidates.shared.indices.filter { rows[$0, 0] > 0 }
    }
    #expect(try words.choose(rule) == (0..<12).filter { words.embeddings[0][$0, 0] > 0 })
  }
}
