import Foundation
import ModelBackends
import Testing

@testable import ONNXBackend

#if os(Linux)
  @Suite(
    "Threads",
    .enabled(if: Engine.isInstalled, Engine.advice),
    .enabled(if: BundledModel.isThere, "Examples/Models/scholar is not there; the training script writes it."))
  struct ThreadTests {
    /// ONNX Runtime does not report its number of threads, so they are counted in a process in which nothing else runs.
    @Test("A model gets the threads that a plan gives its member: that of the caller, and the others of its own")
    func threads() async {
      await #expect(processExitsWith: .success) {
        // Threads of the system may end meanwhile, so new threads are counted.
        func running() throws -> Set<String> {
          Set(try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task"))
        }
        let plan = CorePlan(cores: 5, members: 2)
        // The first model starts the shared threads.
        let alone = try ONNXBackend(folder: BundledModel.folder, options: ONNXBackend.Options(threads: 1))
        for member in 0..<2 {
          let before = try running()
          let model = try ONNXBackend(
            folder: BundledModel.folder, options: ONNXBackend.Options(threads: plan.threads(ofMember: member)))
          let added = try running().subtracting(before)
          precondition(added.count == [2, 1][member])
          precondition(model.vocabulary.count == alone.vocabulary.count)
        }
      }
    }
  }
#endif
