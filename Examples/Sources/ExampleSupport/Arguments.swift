import Foundation

/// A command line, read by a command's form: `--name value` or `--name=value`, and options without a value.
///
/// Ambiguous words are refused: a value that begins like an option needs the form with `=`, an option that counts once
/// may be given once, and after `--` every word is an operand.
public struct Arguments: Sendable {
  private var values: [String: [String]] = [:]
  private let form: CommandForm
  private let usage: String

  /// Reads a command line.
  ///
  /// - Parameters:
  ///   - words: The words after the command.
  ///   - form: The command's form.
  /// - Throws: ``UsageError`` for an unknown word, and for a call for help.
  public init(_ words: some Sequence<String>, for form: CommandForm) throws {
    self.form = form
    usage = form.usage
    var words = Array(words)[...]
    var operands: [String] = []
    while let word = words.popFirst() {
      switch word {
      case "-h", "--help": throw UsageError(problem: nil, usage: usage)
      case "--version": throw UsageError(problem: nil, usage: toolVersion)
      case "--":
        operands += words
        words = []
      case _ where form.isProgram && word.hasPrefix("--\(CompletionScript.option)"):
        throw try CompletionScript(form).answer(to: word, words.first)
      case _ where word.hasPrefix("-"): try read(word, from: &words)
      default: operands.append(word)
      }
    }
    try read(operands: operands)
  }

  /// Reads an option, and its value from the word itself or from the next words.
  private mutating func read(_ word: String, from words: inout ArraySlice<String>) throws {
    let sides = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let name = String(sides[0].dropFirst(2))
    guard sides[0] != "--help", sides[0] != "--version" else {
      throw UsageError(problem: "\(sides[0]) takes no value", usage: usage)
    }
    guard word.hasPrefix("--"), let option = form.option(name) else {
      throw UsageError(problem: "\(sides[0]) is not an option\(suggestion(for: name))", usage: usage)
    }
    guard values[name] == nil || option.isRepeatable else {
      throw UsageError(problem: "--\(name) is given twice, and counts once", usage: usage)
    }
    guard option.form != nil else {
      guard sides.count == 1 else { throw UsageError(problem: "--\(name) takes no value", usage: usage) }
      values[name, default: []].append("")
      return
    }
    if sides.count == 2 {
      values[name, default: []].append(sides[1])
      return
    }
    guard let value = words.popFirst() else { throw UsageError(problem: "--\(name) needs a value", usage: usage) }
    guard !value.hasPrefix("--"), value != "-h" else {
      throw UsageError(
        problem: "--\(name) needs a value, and \(value) reads like an option; as a value it is written "
          + "--\(name)=\(value)", usage: usage)
    }
    values[name, default: []].append(value)
  }

  /// Words without dashes are one option's value; more than one are most likely a text without quotation marks.
  private mutating func read(operands: [String]) throws {
    guard let first = operands.first else { return }
    guard let operand = form.operand else {
      throw UsageError(problem: "\(first) is not an option\(suggestion(for: first))", usage: usage)
    }
    guard operands.count == 1 else {
      throw UsageError(
        problem: "There are \(operands.count) words without an option, \(first) and \(operands[1]) among them; write a "
          + "text in quotation marks, and several with --\(operand) before each", usage: usage)
    }
    values[operand, default: []].append(first)
  }

  /// The nearest option, where one is near enough to be meant.
  private func suggestion(for word: String) -> String {
    let names = form.options.map(\.name) + ["help", "version"]
    let near = Suggestion.nearest(to: String(word.drop { $0 == "-" }), among: names)
    return near.map { "; did you mean --\($0)?" } ?? ""
  }

  /// Returns whether an option was given.
  public func has(_ name: String) -> Bool { values[name] != nil }

  /// All values of an option, in order.
  public func all(_ name: String) -> [String] { values[name] ?? [] }

  /// The last value of an option, or its default; `nil` where it has neither.
  public func text(_ name: String) -> String? { values[name]?.last ?? form.option(name)?.standard }

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
  /// - Throws: ``UsageError`` where an item is empty or does not read as one.
  public func list<Value: LosslessStringConvertible>(_ name: String, of type: Value.Type = Value.self) throws
    -> [Value]?
  {
    try text(name)?.split(separator: ",", omittingEmptySubsequences: false).map { item in
      guard !item.isEmpty else {
        throw UsageError(problem: "--\(name) \(text(name) ?? "") has an item that is empty", usage: usage)
      }
      return try read(String(item), for: name)
    }
  }

  /// The value of an option that has a default.
  ///
  /// - Precondition: The option has a default, or was given.
  /// - Throws: ``UsageError`` where the value does not read as one.
  public func known<Value: LosslessStringConvertible>(_ name: String, as type: Value.Type = Value.self) throws -> Value
  {
    guard let value: Value = try value(name) else { preconditionFailure("--\(name) has no default.") }
    return value
  }

  /// The value of a type that an option names.
  ///
  /// - Throws: ``UsageError`` with the available values.
  public func choice<Value: CaseIterable & RawRepresentable<String>>(_ name: String, of type: Value.Type = Value.self)
    throws -> Value?
  {
    guard let text = text(name) else { return nil }
    guard let value = Value(rawValue: text) else {
      let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
      throw wrong("--\(name) \(text) is not one of \(known)")
    }
    return value
  }

  /// A number of 1 or more; `nil` where none is given and the option has no default.
  ///
  /// - Throws: ``UsageError`` where the value is none.
  public func count(_ name: String) throws -> Int? {
    guard let count = try value(name, as: Int.self) else { return nil }
    guard count > 0 else { throw UsageError(problem: "--\(name) \(count) is below 1", usage: usage) }
    return count
  }

  /// A number of 1 or more, of an option that has a default.
  ///
  /// - Throws: ``UsageError`` where the value is none.
  public func knownCount(_ name: String) throws -> Int {
    guard let count = try count(name) else { preconditionFailure("--\(name) has no default.") }
    return count
  }

  /// An error that describes the problem, with the help.
  public func wrong(_ problem: String) -> UsageError { UsageError(problem: problem, usage: usage) }

  private func read<Value: LosslessStringConvertible>(_ text: String, for name: String) throws -> Value {
    guard let value = Value(text) else {
      let wanted = Value.self is any BinaryInteger.Type ? "a whole number" : "a number"
      throw UsageError(problem: "--\(name) \(text) is not \(wanted) that can be used here", usage: usage)
    }
    return value
  }
}
