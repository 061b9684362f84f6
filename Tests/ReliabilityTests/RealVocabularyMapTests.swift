#if LlamaCpp
  import Baselines
  import Foundation
  import GGUFBackend
  import ModelBackends
  import Synchronization
  import Testing

  /// Vocabularies of published models, beside the repository where they are installed. `DEEPEN_VOCABULARIES` names
  /// another folder.
  private enum PublishedVocabularies {
    static let folder: URL = {
      if let path = ProcessInfo.processInfo.environment["DEEPEN_VOCABULARIES"] { return URL(fileURLWithPath: path) }
      return URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "shared/vocabularies")
    }()
    /// Each loaded once.
    static let all = Result {
      try Dictionary(
        uniqueKeysWithValues: ["llama-bpe", "qwen2"].map {
          ($0, try GGUFTokenizer(file: folder.appending(path: "ggml-vocab-\($0).gguf").path).vocabulary)
        })
    }
    static func vocabulary(_ name: String) throws -> Vocabulary { try #require(try all.get()[name]) }
    static var arePresent: Bool { FileManager.default.fileExists(atPath: folder.path) }
  }

  @Suite(
    "MinED on published vocabularies",
    .enabled(
      if: PublishedVocabularies.arePresent, "The folder ../shared/vocabularies is absent (DEEPEN_VOCABULARIES)."))
  struct RealVocabularyMapTests {
    /// The whole table of distances.
    private func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
      var row = Array(0...b.count)
      for (i, left) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, right) in b.enumerated() {
          let value = min(row[j + 1] + 1, row[j] + 1, diagonal + (left == right ? 0 : 1))
          diagonal = row[j + 1]
          row[j + 1] = value
        }
      }
      return row[b.count]
    }

    /// Every 100th token of Qwen 2 is matched with one of all of Llama 3's; some of those that Llama 3 lacks are
    /// checked by comparing with every token.
    @Test("The nearest tokens are those that comparing with all finds")
    func map() throws {
      let (qwen, llama) = (
        try PublishedVocabularies.vocabulary("qwen2"), try PublishedVocabularies.vocabulary("llama-bpe")
      )
      let chosen = Array(stride(from: 0, to: qwen.count, by: 100))
      let assistant = Vocabulary(
        known: chosen.map { Token(bytes: Array(qwen.bytes(of: $0)), kind: qwen.kind(of: $0)) }, endOfGeneration: [])
      var parts: [Double] = []
      let map = try MinEDRule.map(from: assistant, to: llama) { parts.append($0) }
      #expect(parts.count > 1 && parts == parts.sorted() && parts.last == 1)
      let lacking = assistant.textTokens.filter { token in
        let equal = llama.id(forBytes: assistant.bytes(of: token))
        #expect(equal == nil || equal.map(Int32.init) == map[token])
        return equal == nil && !assistant.bytes(of: token).isEmpty
      }
      let others = llama.textTokens.map { ($0, Array(llama.bytes(of: $0))) }.filter { !$0.1.isEmpty }
      #expect(lacking.count > 300)
      for token in [lacking[0], lacking[lacking.count / 2], lacking[lacking.count - 1]] {
        let bytes = Array(assistant.bytes(of: token))
        // No token whose length differs by more than the distance found can be nearer.
        let found = distance(bytes, Array(llama.bytes(of: Int(map[token]))))
        let ranks = others.filter { abs($0.1.count - bytes.count) <= found }.map { other, otherBytes in
          (distance(bytes, otherBytes), -zip(bytes, otherBytes).prefix { $0 == $1 }.count, other)
        }
        #expect(ranks.min { $0 < $1 }?.2 == Int(map[token]))
      }
    }

    @Test("Matching stops when its task is cancelled")
    func cancellation() async throws {
      let (assistant, main) = (
        try PublishedVocabularies.vocabulary("llama-bpe"), try PublishedVocabularies.vocabulary("qwen2")
      )
      let last = Mutex(0.0)
      let task = Task {
        try MinEDRule.map(from: assistant, to: main) { part in
          last.withLock { $0 = part }
          withUnsafeCurrentTask { $0?.cancel() }
        }
      }
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(last.withLock { $0 } < 1)
    }
  }
#endif
