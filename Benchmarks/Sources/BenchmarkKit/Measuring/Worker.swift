import ExampleSupport
import Foundation

/// Runs workloads in separate processes, so that none inherits another's peak memory or warm heap.
public enum Worker {
  /// The command with which this program is a worker.
  public static let command = "worker"

  private static let known: [any Workload.Type] = [
    BandwidthWorkload.self, BuildWorkload.self, DenseWorkload.self, EnsembleWorkload.self, PositionsWorkload.self,
    PrefixWorkload.self, SoftmaxWorkload.self, StepWorkload.self,
  ]

  /// Starts this program again as a worker and waits for its result.
  ///
  /// - Throws: ``BenchmarkError`` where the worker fails; its own message is on the standard error stream by then.
  public static func run<Work: Workload>(_ workload: Work) throws -> Outcome {
    let process = Process()
    process.executableURL = Bundle.main.executableURL
    process.arguments = [command, Work.name]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    let description = try JSONEncoder().encode(workload)
    try process.run()
    // A worker that ended before reading has closed the pipe: its status says so, and this process must not end.
    signal(SIGPIPE, SIG_IGN)
    defer { signal(SIGPIPE, SIG_DFL) }
    try? input.fileHandleForWriting.write(contentsOf: description)
    try? input.fileHandleForWriting.close()
    let answer = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0, process.terminationReason == .exit else {
      throw BenchmarkError(
        "The worker for \(Work.name) ended with status \(process.terminationStatus)",
        remedy: "Read its message above; without one, it probably had too little memory: choose smaller sizes.")
    }
    return try JSONDecoder().decode(Outcome.self, from: answer)
  }

  /// Runs as a worker: reads a workload from standard input and writes the result to standard output.
  public static func work(_ name: String?) async throws {
    guard let type = known.first(where: { $0.name == name }) else {
      throw BenchmarkError(
        "There is no workload \(name ?? "without a name")", remedy: "Workers are started by the other commands.")
    }
    let description = FileHandle.standardInput.readDataToEndOfFile()
    var outcome = try await JSONDecoder().decode(type, from: description).run()
    outcome.peakBytes = PeakMemory.bytes
    Terminal.show(try JSONEncoder().encode(outcome))
  }
}

/// The peak resident set of this process.
enum PeakMemory {
  static var bytes: Int {
    var usage = rusage()
    #if canImport(Darwin)
      guard getrusage(RUSAGE_SELF, &usage) == 0 else { return 0 }
      return usage.ru_maxrss
    #else
      guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
      return usage.ru_maxrss * 1024
    #endif
  }
}
