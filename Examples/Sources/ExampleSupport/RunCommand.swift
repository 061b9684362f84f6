import DeePEn
import Dispatch
import Foundation

/// The version of the package's commands, which `--version` shows.
public let toolVersion = "swift-deepen 0.1.0-dev"

/// Runs a command and waits for its end: shows its error with a remedy instead of a crash report, and sets the exit
/// status: 0, 1 after an error, 2 for a command line that could not be parsed.
///
/// It is called from a `main` that is not asynchronous: an asynchronous one opens descriptors of its own first, under
/// the numbers of standard streams that are closed.
public func runCommand(_ body: @escaping @Sendable () async throws -> Void) {
  Terminal.holdStandardStreams()
  let isDone = DispatchSemaphore(value: 0)
  Task {
    await run(body)
    isDone.signal()
  }
  isDone.wait()
}

private func run(_ body: @Sendable () async throws -> Void) async {
  do {
    try await body()
    Terminal.checkStandardStream()
  } catch let error as UsageError where error.problem == nil {
    Terminal.show("\(error)\n")
  } catch {
    Terminal.note("error: \(words(of: error))")
    exit(error is UsageError ? 2 : 1)
  }
}

/// An error's text, with the option that sets the value in question.
private func words(of error: any Error) -> String {
  let cause = (error as? EnsembleError)?.underlying ?? error
  let isTooLong = (cause as? BackendError)?.code == .contextOverflow
  return isTooLong ? "\(error) The option for it is --context." : "\(error)"
}
