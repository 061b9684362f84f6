public import Foundation

/// Options of a command line: `--name value`, and flags without a value.
///
/// The examples parse their few options themselves, so that they build where nothing can be downloaded.
public struct Arguments: Sendable {
  private var values: [String: [String]] = [:]
  private let usage: String

  /// Reads a command line.
  ///
  /// - Parameters:
  ///   - arguments: The words after the command.
  ///   - options: The options that take a value.
  ///   - flags: The options that take none.
  ///   - usage: What to show with an error.
  /// - Throws: ``UsageError`` for a word that means nothing here.
  public init(_ arguments: some Sequence<String>, options: [String], flags: [String] = [], usage: String) throws {
    self.usage = usage
    var words = Array(arguments)[...]
    while let word = words.popFirst() {
      let name = String(word.drop { $0 == "-" })
      guard word.hasPrefix("--"), options.contains(name) || flags.contains(name) || name == "help" else {
        throw UsageError(problem: "\(word) is not an option", usage: usage)
      }
      if name == "help" { throw UsageError(problem: nil, usage: usage) }
      if flags.contains(name) {
        values[name, default: []].append("")
      } else if let value = words.popFirst() {
        values[name, default: []].append(value)
      } else {
        throw UsageError(problem: "\(word) needs a value", usage: usage)
      }
    }
  }

  /// Whether a flag was given.
  public func has(_ flag: String) -> Bool { values[flag] != nil }

  /// All values of an option, in order.
  public func all(_ name: String) -> [String] { values[name] ?? [] }

  /// The last value of an option.
  public func text(_ name: String) -> String? { values[name]?.last }

  /// The last value of an option, as a number or another type that is written as text.
  ///
  /// - Throws: ``UsageError`` where the value does not read as one.
  public func value<Value: LosslessStringConvertible>(_ name: String, as type: Value.Type = Value.self) throws
    -> Value?
  {
    guard let text = text(name) else { return nil }
    return try read(text, for: name)
  }

  /// The last value of an option, as a list with commas.
  ///
  /// - Throws: ``UsageError`` where a value does not read as one.
  public func list<Value: LosslessStringConvertible>(_ name: String, of type: Value.Type = Value.self) throws
    -> [Value]?
  {
    try text(name)?.split(separator: ",").map { try read(String($0), for: name) }
  }

  private func read<Value: LosslessStringConvertible>(_ text: String, for name: String) throws -> Value {
    guard let value = Value(text) else {
      throw UsageError(problem: "--\(name) \(text) is not a number that can be used here", usage: usage)
    }
    return value
  }
}

/// A command line that cannot be understood, or a call for help.
public struct UsageError: LocalizedError, CustomStringConvertible {
  /// What is wrong; `nil` for a call for help.
  public var problem: String?
  /// How the command is used.
  public var usage: String

  /// Makes an error.
  public init(problem: String?, usage: String) {
    self.problem = problem
    self.usage = usage
  }

  /// The problem, then the usage.
  public var description: String { (problem.map { "\($0)\n\n" } ?? "") + usage }

  /// What is wrong; the usage where it was asked for.
  public var errorDescription: String? { problem ?? usage }

  /// How the command is used.
  public var recoverySuggestion: String? { usage }
}
