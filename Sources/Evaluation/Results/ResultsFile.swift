import Foundation
import Synchronization

/// Results as they come, one JSON object a line, so that a run which is interrupted goes on where it stopped.
///
/// The first line says what was run. A last line that was torn by the interruption is moved to a file beside, with
/// `.torn` after its name; whole lines are never lost.
public final class ResultsFile: Sendable {
  private struct Header: Codable {
    var run: [String: String]
  }

  private struct State {
    var results: [ItemResult]
    var handle: FileHandle
  }

  /// Where the file is.
  public let path: String
  private let state: Mutex<State>

  /// Opens a file, or makes one.
  ///
  /// - Parameters:
  ///   - path: Where it is. Folders that are missing are made.
  ///   - run: What is run, such as members and data, by name. Results of other runs are not mixed in.
  /// - Throws: ``EvaluationError`` where the file cannot be read or written, holds a line that is no result, or belongs to
  ///   another run.
  public init(_ path: String, run: [String: String]) throws {
    self.path = path
    let url = URL(fileURLWithPath: path)
    do {
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      let (lines, torn) = Self.lines(of: FileManager.default.contents(atPath: path) ?? Data())
      let results = try Self.results(in: lines, of: path, run: run)
      if !torn.isEmpty { try torn.write(to: URL(fileURLWithPath: path + ".torn")) }
      if lines.isEmpty {
        try (Self.encoded(Header(run: run)) + Data("\n".utf8)).write(to: url)
      } else if !torn.isEmpty {
        let whole = lines.reduce(0) { $0 + $1.count + 1 }
        let handle = try FileHandle(forWritingTo: url)
        try handle.truncate(atOffset: UInt64(whole))
        try handle.close()
      }
      let handle = try FileHandle(forWritingTo: url)
      try handle.seekToEnd()
      state = Mutex(State(results: results, handle: handle))
    } catch let error as EvaluationError {
      throw error
    } catch {
      throw EvaluationError(
        .file, "\(path) cannot be opened for results: \(error.localizedDescription)",
        remedy: "Choose another place for them.")
    }
  }

  deinit { state.withLock { try? $0.handle.close() } }

  /// All results, in the order in which they came.
  public var results: [ItemResult] { state.withLock { $0.results } }

  /// Adds a result, and has it written when the call returns.
  public func append(_ result: ItemResult) throws {
    let line = try Self.encoded(result) + Data("\n".utf8)
    try state.withLock { state in
      do {
        try state.handle.write(contentsOf: line)
      } catch {
        throw EvaluationError(
          .file, "\(path) cannot be written: \(error.localizedDescription)",
          remedy: "Free some space and run again; what is written is kept.")
      }
      state.results.append(result)
    }
  }

  /// Whole lines without their ends, and what follows the last one.
  private static func lines(of data: Data) -> (whole: [Data], torn: Data) {
    var lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Data($0) }
    let torn = lines.popLast() ?? Data()
    return (lines, torn)
  }

  private static func results(in lines: [Data], of path: String, run: [String: String]) throws -> [ItemResult] {
    guard let first = lines.first else { return [] }
    guard let header = try? JSONDecoder().decode(Header.self, from: first) else {
      throw EvaluationError(
        .invalidLine, "\(path) does not begin with what was run", remedy: "Choose another file for the results.")
    }
    let names = Set(header.run.keys).union(run.keys).sorted()
    if let name = names.first(where: { header.run[$0] != run[$0] }) {
      throw EvaluationError(
        .differentRun,
        "\(path) holds results of another run: its \(name) is \(header.run[name] ?? "not given"), not \(run[name] ?? "without one")",
        remedy: "Choose another folder for the results, or move these away.")
    }
    return try lines.dropFirst().enumerated().map { number, line in
      do { return try JSONDecoder().decode(ItemResult.self, from: line) } catch {
        throw EvaluationError(
          .invalidLine, "\(path), line \(number + 2) is not a result: \(error)",
          remedy: "Take the line out; what it stood for is run again.")
      }
    }
  }

  private static func encoded(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value)
  }
}
