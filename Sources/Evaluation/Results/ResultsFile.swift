import Foundation
import ModelBackends
import Synchronization

/// Results as they come, one JSON object per line, so that an interrupted run continues where it stopped.
///
/// The first line describes the run. A last line that was torn by the interruption is moved to a file beside it, with
/// the suffix `.torn`; whole lines are never lost. While a file is open nobody else can open it: a file beside it, with
/// the suffix `.lock`, names the owner.
public final class ResultsFile: Sendable {
  /// The version of the results. It is raised when results of earlier code must not be mixed with new ones, because
  /// answers are asked for, read or scored in another way.
  package static let version = 2

  private struct Header: Codable {
    var version: Int?
    var run: [String: String]
  }

  private struct State {
    var results: [ItemResult]
    var handle: FileHandle
    /// The offset of the next line.
    var end: UInt64
  }

  /// The path of the file.
  package let path: String
  private let state: Mutex<State>
  private let lock: ResultsLock

  /// Opens a file, or creates one.
  ///
  /// - Parameters:
  ///   - path: The path. Missing folders are created.
  ///   - run: The description of the run, such as members and data, by name (``Comparison/identity()``). Results of
  ///     other runs are not mixed in.
  /// - Throws: ``EvaluationError`` where the file is open elsewhere (`inUse`), cannot be read or written, holds a line
  ///   that is no result, or belongs to another run or another version of this package.
  public init(_ path: String, run: [String: String]) throws {
    self.path = path
    let url = URL(fileURLWithPath: path)
    do {
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      lock = try ResultsLock(for: path)
      let exists = FileManager.default.fileExists(atPath: path)
      if exists, let problem = InputFile(path).problem {
        throw EvaluationError(
          .file, "\(path) cannot be opened for results: it \(problem.text)", remedy: "Choose another folder for them.")
      }
      let (lines, torn) = Self.lines(of: exists ? try Data(contentsOf: url) : Data())
      let results = try Self.results(in: lines, of: path, run: run)
      if !torn.isEmpty { try torn.write(to: URL(fileURLWithPath: path + ".torn")) }
      if lines.isEmpty {
        try (Self.encoded(Header(version: Self.version, run: run)) + Data("\n".utf8)).write(to: url)
      } else if !torn.isEmpty {
        let whole = lines.reduce(0) { $0 + $1.count + 1 }
        let handle = try FileHandle(forWritingTo: url)
        try handle.truncate(atOffset: UInt64(whole))
        try handle.close()
      }
      let handle = try FileHandle(forWritingTo: url)
      let end = try handle.seekToEnd()
      state = Mutex(State(results: results, handle: handle, end: end))
    } catch let error as EvaluationError {
      throw error
    } catch {
      throw EvaluationError(
        .file, "\(path) cannot be opened for results: \(error.reason)",
        remedy: "Choose another place for them.")
    }
  }

  /// Checks that a file could be opened at this path now, before work is done whose results go there.
  ///
  /// - Throws: ``EvaluationError`` where the folder cannot be created or written to, or the file is open elsewhere.
  public static func check(_ path: String) throws {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw EvaluationError(
        .file, "\(folder.path) cannot be created for results: \(error.reason)",
        remedy: "Choose another place for them.")
    }
    _ = try ResultsLock(for: path)
  }

  deinit { state.withLock { try? $0.handle.close() } }

  /// All results, in the order of their arrival.
  public var results: [ItemResult] { state.withLock { $0.results } }

  /// Adds a result, which is written when the call returns.
  ///
  /// - Throws: ``EvaluationError`` where it cannot be written; the file is then unchanged.
  public func append(_ result: ItemResult) throws {
    let line = try Self.encoded(result) + Data("\n".utf8)
    try state.withLock { state in
      do {
        try state.handle.write(contentsOf: line)
      } catch {
        try? state.handle.truncate(atOffset: state.end)
        throw EvaluationError(
          .file, "\(path) cannot be written: \(error.reason)",
          remedy: "Free some space and run again; what is written is kept.")
      }
      state.end += UInt64(line.count)
      state.results.append(result)
    }
  }

  /// The whole lines without their ends, and the rest after the last one.
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
    guard header.version == version else {
      throw EvaluationError(
        .differentRun,
        "\(path) holds results of another version: \(header.version.map { "\($0)" } ?? "one before 2"), not \(version)",
        remedy: "Choose another folder for the results, or move these away.")
    }
    let names = Set(header.run.keys).union(run.keys).sorted()
    if let name = names.first(where: { header.run[$0] != run[$0] }) {
      throw EvaluationError(
        .differentRun,
        "\(path) holds results of another run: its \(name) is \(header.run[name] ?? "not given"), not "
          + "\(run[name] ?? "without one")",
        remedy: "Choose another folder for the results, or move these away.")
    }
    return try lines.dropFirst().enumerated().map { number, line in
      do { return try JSONDecoder().decode(ItemResult.self, from: line) } catch {
        throw EvaluationError(
          .invalidLine, "\(path), line \(number + 2) is not a result: \(error.reason)",
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
