import Foundation

/// The published step in PyTorch, in a process of its own that computes a step on request.
///
/// `Benchmarks/pytorch/deepen_step.py` is that process; it creates random members of the given sizes.
final class PyTorchStep {
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private var buffer = Data()

  private struct Answer: Decodable {
    var seconds: Double?
  }

  private static let script = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "pytorch/deepen_step.py")

  /// Starts the process and waits until its members are ready.
  ///
  /// - Throws: ``BenchmarkError`` where it does not start.
  init(python: String, vocabularyCounts: [Int], anchorCount: Int, steps: Int, threads: Int) throws {
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      [python, Self.script.path, "--serve", "--vocabularies"] + vocabularyCounts.map(String.init)
      + ["--anchors", "\(anchorCount)", "--steps", "\(steps)", "--threads", "\(threads)"]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    _ = try line()
  }

  deinit {
    // At the end of its input the process ends by itself.
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// Computes a step.
  ///
  /// - Throws: ``BenchmarkError`` where the process has ended.
  func step() throws {
    try input.fileHandleForWriting.write(contentsOf: Data("step\n".utf8))
    guard try JSONDecoder().decode(Answer.self, from: line()).seconds != nil else {
      throw BenchmarkError("PyTorch answered without a time", remedy: "Run \(Self.script.lastPathComponent) by hand.")
    }
  }

  private func line() throws -> Data {
    while true {
      if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        defer { buffer = Data(buffer[(end + 1)...]) }
        return Data(buffer[..<end])
      }
      let more = output.fileHandleForReading.availableData
      guard !more.isEmpty else {
        throw BenchmarkError(
          "The PyTorch process has ended",
          remedy: "Read its message above; --python names an interpreter with torch (apt-get install python3-torch).")
      }
      buffer += more
    }
  }
}
