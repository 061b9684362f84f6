import Foundation
import ModelBackends
import Testing

@testable import ONNXBackend

/// The tiny models of `Tools/fixtures/make_onnx_fixtures.py`, with NumPy's results for them.
enum Fixtures {
  struct Expected: Decodable {
    struct Model: Decodable {
      var name: String
      var tolerance: Float
      /// Logits after each token of the text.
      var logits: [[Float]]
      var input: [[Float]]
      var output: [[Float]]
    }
    var text: [Int]
    var vocabulary: Int
    var models: [Model]
  }

  static let folder = Bundle.module.resourceURL!.appendingPathComponent("Fixtures").path
  static let expected: Expected = {
    let url = URL(fileURLWithPath: folder + "/expected.json")
    guard let data = try? Data(contentsOf: url), let value = try? JSONDecoder().decode(Expected.self, from: data) else {
      fatalError("\(url.path) cannot be read; make it with Tools/fixtures/make_onnx_fixtures.py.")
    }
    return value
  }()
  static let names = expected.models.map(\.name)
  /// The models that read the whole text each time.
  static let uncached: Set = ["uncached", "last-logit-uncached", "blocks", "blocks-default"]
  /// The models whose keys and values can be cut at any token.
  static let cuttable = names.filter { $0 != "recurrent" && !uncached.contains($0) }

  static func model(_ name: String) throws -> Expected.Model {
    try #require(expected.models.first { $0.name == name })
  }

  static func backend(
    _ name: String, tokenizer: any Tokenizer = LetterTokenizer(),
    configure: (inout ONNXBackend.Options) -> Void = { _ in }
  ) throws -> ONNXBackend {
    var options = ONNXBackend.Options()
    options.modelFile = "\(name).onnx"
    options.threads = 1
    configure(&options)
    return try ONNXBackend(folder: folder, tokenizer: tokenizer, options: options)
  }

  /// A graph as the backend reads it for embeddings.
  static func finder(_ path: String) throws -> EmbeddingFinder {
    EmbeddingFinder(
      graph: try GraphFile(path: path), tokenInput: "input_ids", logits: "logits",
      vocabularySize: expected.vocabulary)
  }

  static func bytes(_ file: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: "\(folder)/\(file)")))
  }

  /// Creates a folder with copies of some fixtures that is removed after the test.
  static func withCopy<Result>(_ files: [String], _ body: (String) async throws -> Result) async throws -> Result {
    let copy = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: copy) }
    for file in files {
      try FileManager.default.copyItem(atPath: "\(folder)/\(file)", toPath: copy.appending(path: file).path)
    }
    return try await body(copy.path)
  }

  /// Creates a folder that is removed after the test.
  static func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path)
  }
}

/// Token 0 is "a", token 1 is "b" and so on; two tokens fewer than the models have logits.
struct LetterTokenizer: Tokenizer {
  let vocabulary = Vocabulary(
    known: (0..<17).map { Token(bytes: [97 + $0]) } + [Token("<end>", kind: .control)], endOfGeneration: [])

  func encode(_ text: [UInt8], options: EncodingOptions) throws -> [TokenID] {
    text.map { Int($0) - 97 }
  }
}

extension ContextText {
  /// The text that these tokens spell.
  init(tokens: some Sequence<Int>) {
    self.init(prompt: RenderedPrompt(parts: [.text(tokens.map { UInt8(97 + $0) })]))
  }

  /// The answer to nothing that these tokens spell.
  init(answer tokens: some Sequence<Int>) {
    self.init(prompt: RenderedPrompt(parts: []), answer: tokens.map { UInt8(97 + $0) })
  }
}

/// Whether ONNX Runtime is installed.
enum Engine {
  static let isInstalled = (try? Runtime.load()) != nil
  static let advice: Comment = "ONNX Runtime is not installed; set ONNXRUNTIME_LIB or `pip install onnxruntime`."
}

/// A seeded generator (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// The largest difference between two rows of numbers.
func distance(_ left: some Collection<Float>, _ right: some Collection<Float>) -> Float {
  left.count == right.count ? zip(left, right).map { abs($0 - $1) }.max() ?? 0 : .infinity
}
