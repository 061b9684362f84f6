import Dispatch

/// A serial executor on a dispatch queue of its own: engines block here instead of blocking the cooperative pool.
///
/// ```swift
/// actor MyEngine {
///   private let executor = EngineExecutor(label: "my engine")
///   nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
/// }
/// ```
public final class EngineExecutor: SerialExecutor {
  private let queue: DispatchQueue

  /// Creates an executor; the label shows in debuggers.
  public init(label: String) {
    queue = DispatchQueue(label: label, qos: .userInitiated)
  }

  /// Runs a job on the queue, after those before it.
  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}
