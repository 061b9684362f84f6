import Foundation

/// The output of a command: a header with the machine, tables, and lines of JSON.
public struct Report {
  /// The file for lines of JSON, if any.
  private let file: FileHandle?
  private let machine = Machine.current

  /// Begins a report; an existing file is appended to.
  ///
  /// - Throws: ``BenchmarkError`` where the file cannot be written.
  public init(command: String, file: String?) throws {
    self.command = command
    guard let path = file else {
      self.file = nil
      return
    }
    guard FileManager.default.fileExists(atPath: path) || FileManager.default.createFile(atPath: path, contents: nil),
      let handle = FileHandle(forWritingAtPath: path)
    else {
      throw BenchmarkError(
        "\(path) cannot be written", remedy: "Name a file that may be written, in a folder that exists.")
    }
    self.file = handle
  }

  private let command: String

  /// One line of JSON: a configuration and its measurements.
  private struct Record<Setting: Encodable>: Encodable {
    var command: String
    var machine: Machine
    var setting: Setting
    var outcome: Outcome
  }

  /// The machine, in one line.
  public var head: String { "\(command), on \(machine.description)" }

  /// Writes a line of JSON, if a file was requested.
  public func record(_ setting: some Workload, _ outcome: Outcome) throws {
    guard let file else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var line = try encoder.encode(
      Record(command: command, machine: machine, setting: setting, outcome: outcome))
    line.append(UInt8(ascii: "\n"))
    do {
      try file.seekToEnd()
      try file.write(contentsOf: line)
    } catch {
      throw BenchmarkError(
        "The file of --json cannot be written (\(error.localizedDescription))",
        remedy: "Free space, or name another file.")
    }
  }

  /// A table in Markdown; the first column is text, the others are numbers.
  public static func table(_ columns: [String], _ rows: [[String]]) -> String {
    let rule = columns.indices.map { $0 == 0 ? "---" : "---:" }
    return ([columns, rule] + rows).map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
  }
}

/// Number formats for tables.
public enum Figure {
  /// A number with a given count of significant digits.
  public static func number(_ value: Double, digits: Int = 3) -> String {
    guard value.isFinite else { return "–" }
    guard value != 0 else { return "0" }
    let magnitude = Int(log10(abs(value)).rounded(.down))
    return String(format: "%.\(max(0, digits - 1 - magnitude))f", value)
  }

  /// A fraction in per cent.
  public static func percent(_ share: Double, digits: Int = 1) -> String {
    share.isFinite ? String(format: "%.\(digits)f %%", 100 * share) : "–"
  }

  /// The median with the 5 and 95 % quantiles.
  public static func spread(_ samples: Samples, scale: Double = 1) -> String {
    let low = number(samples.quantile(0.05) * scale)
    return "\(number(samples.median * scale)) (\(low)–\(number(samples.quantile(0.95) * scale)))"
  }

  /// Seconds as milliseconds.
  public static func milliseconds(_ samples: Samples) -> String { spread(samples, scale: 1000) }

  /// Bytes as mebibytes.
  public static func mebibytes(_ bytes: Int) -> String { number(Double(bytes) / 1_048_576) }
}
