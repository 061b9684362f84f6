#if LlamaCpp
  import Foundation
  import GGUFBackend
  import ModelBackends
  import Testing

  /// The memory of an idle session of a real model. Prints the figures of the guide to models.
  @Suite("Sessions of real models", .serialized, .enabled(if: RealModels.folder != nil, RealModels.advice))
  struct SessionMemoryTests {
    /// The process's memory in RAM.
    private static func residentBytes() throws -> Int {
      let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")[1]
      return try #require(Int(pages)) * Int(getpagesize())
    }

    @Test("Each one takes memory of its own", arguments: RealModels.names) func memory(name: String) async throws {
      let text = ContextText(String(repeating: "The harbour was quiet. ", count: 60))
      for contextLength in [512, 2048] {
        let model = try GGUFBackend(
          file: RealModels.path(name), options: .init(threads: 1, contextLength: contextLength))
        // The first session also loads the weights.
        _ = try await model.makeSession().predict(after: text)
        var sessions: [any ModelSession] = []
        let before = try Self.residentBytes()
        for _ in 0..<4 {
          let session = try await model.makeSession()
          _ = try await session.predict(after: text)
          sessions.append(session)
        }
        let each = (try Self.residentBytes() - before) / sessions.count
        print("\(name), context of \(contextLength) tokens: \(each >> 20) MiB a session")
        #expect(each > 1 << 20)
      }
    }
  }
#endif
