public import Foundation

/// A command line, read by a command's form: `--name value` or `--name=value`, and options without a value.
///
/// The examples parse their few options themselves, so that they build where nothing can be downloaded. What could mean
/// two things is refused: a value that begins like an option needs the form with `=`, an option that counts once may be
/// given once, and after `--` every word is an operand.
public struct Arguments: Sendable {
  private var values: [String: [String]] = [:]
  private let usage: String

  /// Reads a command line.
  ///
  /// - Parameters:
  ///   - words: The words after the command.
  ///   - form: What may be said.
  /// - Throws: ``UsageError`` for a word that means nothing here, and for a call for help.
  public init(_ words: some Sequence<String>, for form: CommandForm) throws {
    try self.init(words, form, usage: form.usage)
  }

  /// Reads a command line whose help is written out. An option may be repeated where the help says so.
  ///
  /// - Parameters:
  ///   - arguments: The words after the command.
  ///   - options: The options that take a value.
  ///   - flags: The options that take none.
  ///   - usage: The help.
  /// - Throws: ``UsageError`` for a word that means nothing here, and for a call for help.
  public init(_ arguments: some Sequence<String>, options: [String], flags: [String] = [], usage: String) throws {
    let repeated = Self.repeatedOptions(in: usage)
    let form = CommandForm(
      "", "",
      options: options.map { repeated.contains($0) ? .values($0, "VALUE", "") : .value($0, "VALUE", "") }
        + flags.map { .flag($0, "") })
    try self.init(arguments, form, usage: usage)
  }

  private init(_ words: some Sequence<String>, _ form: CommandForm, usage: String) throws {
    self.usage = usage
    var words = Array(words)[...]
    var operands: [String] = []
    while let word = words.popFirst() {
      switch word {
      case "-h", "--help": throw UsageError(problem: nil, usage: usage)
      case "--version": throw UsageError(problem: nil, usage: toolVersion)
      case "--":
        operands += words
        words = []
      case _ where word.hasPrefix("-"): try read(word, from: &words, form)
      default: operands.append(word)
      }
    }
    try read(operands: operands, form)
  }

  /// Takes the options of a form out of a command line.
  ///
  /// - Returns: What they say, and the other words.
  /// - Throws: ``UsageError`` where they cannot be understood.
  public static func taking(
    _ form: CommandForm, from words: some Sequence<String>
  ) throws -> (arguments: Arguments, rest: [String]) {
    var words = Array(words)[...]
    var (taken, rest): ([String], [String]) = ([], [])
    while let word = words.popFirst() {
      guard word != "--" else {
        rest += [word] + words
        break
      }
      let name = word.prefix { $0 != "=" }
      guard name.hasPrefix("--"), let option = form.option(String(name.dropFirst(2))) else {
        rest.append(word)
        continue
      }
      taken.append(word)
      if name == word, option.value != nil, let value = words.popFirst() { taken.append(value) }
    }
    return (try Arguments(taken, for: form), rest)
  }

  /// Reads an option, and its value from the word itself or from those that follow.
  private mutating func read(_ word: String, from words: inout ArraySlice<String>, _ form: CommandForm) throws {
    let sides = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let name = String(sides[0].dropFirst(2))
    guard sides[0] != "--help", sides[0] != "--version" else {
      throw UsageError(problem: "\(sides[0]) takes no value", usage: usage)
    }
    guard word.hasPrefix("--"), let option = form.option(name) else {
      throw UsageError(problem: "\(sides[0]) is not an option\(Self.suggestion(for: name, form))", usage: usage)
    }
    guard values[name] == nil || option.isRepeatable else {
      throw UsageError(problem: "--\(name) is given twice, and counts once", usage: usage)
    }
    guard option.value != nil else {
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

  /// Words without dashes stand for one option's value; more than one are most likely a text without quotation marks.
  private mutating func read(operands: [String], _ form: CommandForm) throws {
    guard let first = operands.first else { return }
    guard let operand = form.operand else {
      throw UsageError(problem: "\(first) is not an option\(Self.suggestion(for: first, form))", usage: usage)
    }
    guard operands.count == 1 else {
      throw UsageError(
        problem: "There are \(operands.count) words without an option, \(first) and \(operands[1]) among them; write a "
          + "text in quotation marks, and several with --\(operand) before each", usage: usage)
    }
    values[operand, default: []].append(first)
  }

  /// The nearest option, where one is near enough to be meant.
  private static func suggestion(for word: String, _ form: CommandForm) -> String {
    let name = String(word.drop { $0 == "-" })
    let near = (form.options.map(\.name) + ["help", "version"]).map { ($0, editDistance(name, $0)) }
    guard let best = near.min(by: { $0.1 < $1.1 }), best.1 <= min(max(2, best.0.count / 3), best.0.count - 1) else {
      return ""
    }
    return "; did you mean --\(best.0)?"
  }

  /// The options of which a help says that they are repeated: in the lines from one option to the next.
  private static func repeatedOptions(in usage: String) -> Set<String> {
    var repeated: Set<String> = []
    var current: Substring?
    for line in usage.split(separator: "\n") {
      let words = line.split(separator: " ")
      if let first = words.first, first.hasPrefix("--") { current = first.dropFirst(2) }
      let says = words.contains { $0.hasPrefix("repeat") }
      if let current, says { repeated.insert(String(current)) }
    }
    return repeated
  }

  /// Whether an option was given.
  public func has(_ name: String) -> Bool { values[name] != nil }

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

  /// A number of 1 or more.
  ///
  /// - Throws: ``UsageError`` where the value is none.
  public func count(_ name: String) throws -> Int? {
    guard let count = try value(name, as: Int.self) else { return nil }
    guard count > 0 else { throw UsageError(problem: "--\(name) \(count) is below 1", usage: usage) }
    return count
  }

  /// What is wrong with these words, with the help.
  public func wrong(_ problem: String) -> UsageError { UsageError(problem: problem, usage: usage) }

  private func read<Value: LosslessStringConvertible>(_ text: String, for name: String) throws -> Value {
    guard let value = Value(text) else {
      let wanted = Value.self is any BinaryInteger.Type ? "a whole number" : "a number"
      throw UsageError(problem: "--\(name) \(text) is not \(wanted) that can be used here", usage: usage)
    }
    return value
  }
}

/// How many letters are exchanged, added or left out between two words.
private func editDistance(_ one: String, _ other: String) -> Int {
  let (one, other) = (Array(one), Array(other))
  var row = Array(0...other.count)
  for (index, letter) in one.enumerated() {
    var diagonal = row[0]
    row[0] = index + 1
    for (column, match) in other.enumerated() {
      let changed = diagonal + (letter == match ? 0 : 1)
      diagonal = row[column + 1]
      row[column + 1] = min(changed, row[column] + 1, diagonal + 1)
    }
  }
  return row[other.count]
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

  /// The help; with a problem, the problem, and how to come by the help.
  public var description: String {
    guard let problem else { return usage }
    return "\(problem)\n\n\(usage.split(separator: "\n").first ?? "")\n--help says more."
  }

  /// The same.
  public var errorDescription: String? { description }
}
