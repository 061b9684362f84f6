#if LlamaCpp
  import Foundation
  import ModelBackends
  import Testing

  @testable import GGUFBackend

  @Suite("Threads")
  struct ThreadTests {
    @Test("A session computes with the threads that a plan gives its member")
    func threads() throws {
      let file = try TemporaryFile(TinyModel().transformer().bytes())
      let model = try LlamaModel(path: file.path, gpuLayers: 0)
      let plan = CorePlan(cores: 5, members: 2)
      for member in 0..<2 {
        let options = GGUFBackend.Options(threads: plan.threads(ofMember: member))
        #expect(try LlamaContext(model, contextLength: 16, options: options).threadCount == [3, 2][member])
      }
      let half = max(1, ProcessInfo.processInfo.activeProcessorCount / 2)
      #expect(try LlamaContext(model, contextLength: 16, options: GGUFBackend.Options()).threadCount == half)
    }
  }
#endif
