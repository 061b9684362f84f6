import ModelBackendTesting
import ModelBackends
import Testing

@testable import ONNXBackend

/// The same prompt gives the same answer, bit for bit, whatever a session was asked before.
@Suite("Session history", .enabled(if: Engine.isInstalled, Engine.advice))
struct HistoryTests {
  private static let prompts = ["abcdefghabcdefghij", "abcdefghabcdefga", "abcdefgh", "qponm", "b"]

  @Test("Changes no answer of any graph", arguments: Fixtures.names, [1, 5, 128])
  func graphs(name: String, tokensPerRun: Int) async throws {
    let backend = try Fixtures.backend(name) { $0.tokensPerRun = tokensPerRun }
    let violations = try await BackendConformance(of: backend).checkHistory(prompts: Self.prompts, rounds: 12)
    #expect(violations.isEmpty, "\(violations)")
  }

  @Test("Changes no healed answer", arguments: HealingTests.names + ["int8"], [4, 128])
  func healed(name: String, tokensPerRun: Int) async throws {
    let backend = try Fixtures.backend(name, tokenizer: PieceTokenizer()) { $0.tokensPerRun = tokensPerRun }
    let prompts = ["abcdabcdbcdababcda", "abcdabcdbcdabab", "abcdabcdbcda", "dddcba", "a"]
    let violations = try await BackendConformance(of: backend).checkHistory(prompts: prompts, rounds: 12)
    #expect(violations.isEmpty, "\(violations)")
  }

  @Test(
    "Changes no answer of the bundled model",
    .enabled(if: BundledModel.isThere, "Examples/Models/scholar is not there; the training script writes it."),
    arguments: [16, 128])
  func bundled(tokensPerRun: Int) async throws {
    var options = ONNXBackend.Options(threads: 1)
    options.tokensPerRun = tokensPerRun
    let examples = "Question: What is the capital of France?\nAnswer: Paris\nQuestion: 2 + 2 =\nAnswer: 4\n"
    let prompts = [
      examples + "Question: What is the plural of mouse?\nAnswer:",
      examples + "Question: Name the opposite of hot.\nAnswer:",
      "Question: What is the capital of France?\nAnswer:", "Once upon a time",
    ]
    let backend = try ONNXBackend(folder: BundledModel.folder, options: options)
    let violations = try await BackendConformance(of: backend).checkHistory(prompts: prompts, rounds: 12)
    #expect(violations.isEmpty, "\(violations)")
  }
}
