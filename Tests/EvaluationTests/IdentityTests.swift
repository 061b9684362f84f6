import Ensembling
import Foundation
import Fusion
import ModelBackendTesting
import ModelBackends
import RelativeSpace
import Testing

@testable import Evaluation

/// The identity of results.
@Suite struct IdentityTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)

  /// A model in a file.
  private struct Filed: ModelBackend {
    let base = ScriptedBackend(name: "filed", tokens: ["a", "</s>"]) { _ in [0, 1] }
    var content: ModelContent?
    var name: String { base.name }
    var vocabulary: Vocabulary { base.vocabulary }
    func makeSession() async throws -> any ModelSession { base.makeSession() }
  }

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  private func write(_ bytes: [UInt8], _ name: String, aged: Bool = true) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: folder.appending(path: name))
    // The same age as another one, so that the time distinguishes nothing.
    if aged {
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: path(name))
    }
  }

  private func identity(_ content: ModelContent?, _ change: (inout Comparison) -> Void = { _ in }) throws -> [String:
    String]
  {
    let item = EvaluationItem(
      id: "1", group: "g", messages: [Message(role: .user, content: "q")], expectation: .answer(["a"], form: .line))
    var comparison = Comparison(
      members: [Member(Filed(content: content))], development: [item], test: [item], rules: [])
    change(&comparison)
    return try comparison.identity(cachedIn: path("notes"))
  }

  @Test func aFileThatIsReplacedIsAnotherModel() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    // Longer than the sample's blocks together, so that most of it is not in the sample.
    var bytes = (0..<4_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try write(bytes, "model")
    let content = ModelContent(files: [path("model")], details: ["f16"])
    let first = try identity(content)
    #expect(try identity(content) == first)
    #expect(first["model filed"]?.count == 32)
    // Of equal length and age, with one other byte.
    bytes[100_000] ^= 1
    try write(bytes, "model")
    let second = try identity(content)
    #expect(second["model filed"] != first["model filed"])
    #expect(second.filter { $0.key != "model filed" } == first.filter { $0.key != "model filed" })
    // Its location does not count; its options do.
    bytes[100_000] ^= 1
    try write(bytes, "moved")
    #expect(try identity(ModelContent(files: [path("moved")], details: ["f16"])) == first)
    #expect(try identity(ModelContent(files: [path("moved")], details: ["q8"])) != first)
    #expect(throws: (any Error).self) { try identity(ModelContent(files: [path("nowhere")])) }
  }

  @Test func aFilesContentIsHashedWhereAChangeWouldShow() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try write([1, 2, 3], "model")
    let content = try FileDigest.content(of: path("model"), cachedIn: path("notes"))
    // Changed a moment ago: a second change would not show, so nothing is cached.
    #expect(!FileManager.default.fileExists(atPath: path("notes")))
    #expect(try content.count == 32 && FileDigest.content(of: path("model"), cachedIn: "") == content)
    try write([1, 2, 4], "model")
    #expect(try FileDigest.content(of: path("model"), cachedIn: path("notes")) != content)
    try write([], "empty")
    #expect(try FileDigest.content(of: path("empty"), cachedIn: path("notes")) != content)
    // This file was written before it was compiled.
    let old = try FileDigest.content(of: #filePath, cachedIn: path("notes"))
    let notes = try FileManager.default.contentsOfDirectory(atPath: path("notes"))
    #expect(notes.count == 1)
    #expect(try FileDigest.content(of: #filePath, cachedIn: path("notes")) == old)
    // A damaged note is ignored.
    try Data([0]).write(to: folder.appending(path: "notes/\(notes[0])"))
    #expect(try FileDigest.content(of: #filePath, cachedIn: path("notes")) == old)
  }

  @Test func questionsAndTheirFormCount() throws {
    let first = try identity(nil)
    #expect(first["model filed"]?.hasPrefix("unknown content, 2 tokens ") == true)
    let changes: [(inout Comparison) -> Void] = [
      { $0.evaluator.generation.maximumTokens += 1 }, { $0.evaluator.generation.stop = ["\n", ";"] },
      { $0.evaluator.choiceRule = .perByte },
      { $0.evaluator.scoresExpectedAnswers = false }, { $0.evaluator.expectedAnswerLimit = 2 },
      { $0.evaluator.separator = "" }, { $0.members[0].healing = TokenHealing(boundaries: 0) },
      { $0.members[0].name = "other" }, { $0.development[0].group = "h" },
      { $0.test[0].expectation = .answer(["a"], form: .contains) },
    ]
    var seen = [first]
    for change in changes {
      let identity = try identity(nil, change)
      #expect(!seen.contains(identity))
      seen.append(identity)
    }
  }
}
