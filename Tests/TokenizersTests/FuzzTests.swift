import ModelBackends
import Testing

@testable import Tokenizers

/// A small generator of reproducible random numbers (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}

@Suite("Damaged files")
struct FuzzTests {
  static let files = ["bert-uncased", "clip", "llama-legacy", "unigram-precompiled", "word-level", "prefixed"]

  @Test("Give a tokenizer or an error that says where", arguments: files)
  func mutations(name: String) throws {
    let sound = try Fixture.bytes("\(name).tokenizer.json")
    var generator = SeededGenerator(state: 0xDEE9)
    var outcomes: [String: Int] = [:]
    for _ in 0..<24 {
      let damaged = mutated(sound, &generator)
      do {
        let tokenizer = try HuggingFaceTokenizer(json: damaged, name: name)
        let ids = try tokenizer.encode(Array("Hello, wörld! 12 🙂</s>".utf8), options: EncodingOptions())
        #expect(ids.allSatisfy { tokenizer.vocabulary.indices.contains($0) })
        outcomes["read", default: 0] += 1
      } catch let error as TokenizerError {
        #expect(!error.problem.isEmpty && error.file == name)
        outcomes[error.code.rawValue, default: 0] += 1
      }
    }
    #expect(outcomes.count > 1, "Every mutation came to the same: \(outcomes)")
  }

  /// The file with a few bytes changed, removed, doubled, swapped or cut off; mostly near its start and its end, where the
  /// components are.
  private func mutated(_ sound: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = sound
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
      let near = min(1500, bytes.count)
      let place =
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: Int.random(in: 0..<bytes.count, using: &generator)
        case 1: bytes.count - Int.random(in: 1...near, using: &generator)
        default: Int.random(in: 0..<near, using: &generator)
        }
      let length = min(Int.random(in: 1...12, using: &generator), bytes.count - place)
      switch Int.random(in: 0..<12, using: &generator) {
      case 0: bytes.removeSubrange(place..<place + length)
      case 1: bytes.insert(contentsOf: bytes[place..<place + length], at: place)
      case 2: bytes = Array(bytes[..<max(place, 1)])
      case 3: bytes[place] = UInt8.random(in: 0...255, using: &generator)
      case 4: bytes.insert(contentsOf: Array("9999999".utf8), at: place)
      case 5: bytes.insert(UInt8(ascii: "-"), at: place)
      default:
        // Changes inside words and numbers keep the file well-formed and reach the components.
        let printable = Array("abcxyzABC0123456789[](){}|*+?\\,:\"".utf8)
        bytes[place] = printable.randomElement(using: &generator)!
      }
    }
    return bytes
  }

  @Test("Every truncation is an error")
  func truncations() throws {
    let sound = try Fixture.bytes("word-level.tokenizer.json")
    for count in stride(from: 0, to: sound.count, by: 7) {
      #expect(throws: TokenizerError.self) { try HuggingFaceTokenizer(json: Array(sound[..<count])) }
    }
  }
}
