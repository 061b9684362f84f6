/// An option of a command: its name, its value, what it does, and how often it may be given.
public struct CommandOption: Sendable {
  /// The name, without the dashes.
  public let name: String
  /// What stands for the value in the help; `nil` for an option without one.
  public let value: String?
  /// What it does, and what holds without it.
  public let help: String
  /// Whether it may be given more than once.
  public let isRepeatable: Bool

  /// An option with a value.
  public static func value(_ name: String, _ value: String, _ help: String) -> CommandOption {
    CommandOption(name: name, value: value, help: help, isRepeatable: false)
  }

  /// An option with a value that may be given several times.
  public static func values(_ name: String, _ value: String, _ help: String) -> CommandOption {
    CommandOption(name: name, value: value, help: help, isRepeatable: true)
  }

  /// An option without a value. Given twice, it says the same thing once more.
  public static func flag(_ name: String, _ help: String) -> CommandOption {
    CommandOption(name: name, value: nil, help: help, isRepeatable: true)
  }
}

/// What may be said to a command: the one place from which its words are read and its help is written.
public struct CommandForm: Sendable {
  /// The command, such as "generate" or "benchmark step".
  public let name: String
  /// What it does.
  public let summary: String
  /// The option for which a word without dashes stands; `nil` where there is none.
  public let operand: String?
  /// The options.
  public let options: [CommandOption]

  /// Describes a command.
  public init(_ name: String, _ summary: String, operand: String? = nil, options: [CommandOption]) {
    self.name = name
    self.summary = summary
    self.operand = operand
    self.options = options
  }

  /// The option of a name.
  public func option(_ name: String) -> CommandOption? { options.first { $0.name == name } }

  /// What every command takes beside its own options.
  private static let common = [
    ("-h, --help", "show this"), ("--version", "show the version"),
  ]

  /// The help.
  public var usage: String {
    let word = operand.flatMap { option($0)?.value }.map { " [\($0)]" } ?? ""
    return "usage: \(name)\(word) [options]\n\n\(details)"
  }

  /// What the command does and its options.
  public var details: String {
    let rows =
      options.map { option in
        let help = option.value != nil && option.isRepeatable ? "\(option.help); may be repeated" : option.help
        return ("--\(option.name)" + (option.value.map { " \($0)" } ?? ""), help)
      } + Self.common
    let lines = rows.flatMap { left, help in
      let lines = wrapped(help, width: 76)
      return lines.enumerated().map { index, line in
        let label = index == 0 ? left : ""
        return "  \(label)\(String(repeating: " ", count: max(1, 24 - label.count)))\(line)"
      }
    }
    return (wrapped(summary, width: 100) + [""] + lines).joined(separator: "\n")
  }
}

/// A text in lines of at most so many characters, its own line ends kept; a longer word has a line of its own.
private func wrapped(_ text: String, width: Int) -> [String] {
  text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { paragraph in
    paragraph.split(separator: " ").reduce(into: [""]) { lines, word in
      let last = lines[lines.count - 1]
      if last.isEmpty {
        lines[lines.count - 1] = String(word)
      } else if last.count + 1 + word.count <= width {
        lines[lines.count - 1] += " \(word)"
      } else {
        lines.append(String(word))
      }
    }
  }
}
