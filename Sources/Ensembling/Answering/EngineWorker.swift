internal import BackendSupport
import ModelBackends

/// Runs long work off the cooperative pool.
actor EngineWorker {
  private let executor = EngineExecutor(label: "DeePEn alignment")

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Runs work on a queue of its own and waits for it.
  static func run<Result: Sendable>(_ work: @Sendable () throws -> Result) async throws -> Result {
    try await EngineWorker().perform(work)
  }

  private func perform<Result: Sendable>(_ work: @Sendable () throws -> Result) throws -> Result {
    try work()
  }
}
