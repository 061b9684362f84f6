import Dispatch
import Synchronization

/// An error: work was not done in time.
struct DeadlineExceeded: Error {}

/// An executor outside Swift's cooperative pool: work that blocks here does not block anything else.
final class MemberExecutor: TaskExecutor {
  private let queue: DispatchQueue

  init(label: String) {
    queue = DispatchQueue(label: label, qos: .userInitiated)
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}

/// Runs some work, and waits for it no longer than a deadline allows.
///
/// Late work is cancelled and abandoned: it may hang for ever, and even block the thread that it runs on, without
/// blocking the caller. Where the caller is cancelled, so is the work, which then has the rest of its time to end.
///
/// - Parameters:
///   - deadline: The maximum time to wait; `nil` for no limit.
///   - executor: The executor of the work if there is a deadline.
///   - work: The work.
/// - Throws: ``DeadlineExceeded``, or the work's error.
func withDeadline<Value: Sendable>(
  _ deadline: Duration?, on executor: MemberExecutor, _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  guard let deadline else { return try await work() }
  let race = Race<Value>()
  let task = Task(executorPreference: executor) { race.end(with: await Result { try await work() }) }
  // A queue's timer, not a task's: it does not wait for a thread of the pool.
  let alarm = DispatchSource.makeTimerSource()
  alarm.schedule(deadline: .now() + deadline / .seconds(1))
  alarm.setEventHandler {
    race.end(with: .failure(DeadlineExceeded()))
    task.cancel()
  }
  alarm.activate()
  defer { alarm.cancel() }
  return try await withTaskCancellationHandler {
    try await withCheckedThrowingContinuation { race.begin($0) }
  } onCancel: {
    task.cancel()
  }
}

/// A race in which the first result counts.
private final class Race<Value: Sendable>: Sendable {
  private enum State {
    case waiting
    case running(CheckedContinuation<Value, any Error>)
    case decided(Result<Value, any Error>)
    case over
  }

  private let state = Mutex(State.waiting)

  func begin(_ continuation: CheckedContinuation<Value, any Error>) {
    let decided: Result<Value, any Error>? = state.withLock { state in
      if case .decided(let result) = state {
        state = .over
        return result
      }
      state = .running(continuation)
      return nil
    }
    if let decided { continuation.resume(with: decided) }
  }

  func end(with result: Result<Value, any Error>) {
    let continuation: CheckedContinuation<Value, any Error>? = state.withLock { state in
      switch state {
      case .waiting:
        state = .decided(result)
        return nil
      case .running(let continuation):
        state = .over
        return continuation
      case .decided, .over: return nil
      }
    }
    continuation?.resume(with: result)
  }
}

extension Result where Failure == any Error, Success: Sendable {
  fileprivate init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
