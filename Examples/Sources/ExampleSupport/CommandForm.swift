/// The options of a command: the single declaration from which its words are parsed, its help is written, and shells
/// complete it.
public struct CommandForm: Sendable {
  /// The command, such as "generate" or "benchmark step".
  public let name: String
  /// One line for a list of commands.
  public let brief: String
  /// The text of its help.
  public let summary: String
  /// The option that a word without dashes belongs to; `nil` where there is none.
  public let operand: String?
  /// The options.
  public let options: [CommandOption]
  /// Text after the options in the help, such as an example.
  public let notes: String

  /// Describes a command.
  public init(
    _ name: String, _ summary: String, brief: String = "", operand: String? = nil, options: [CommandOption],
    notes: String = ""
  ) {
    self.name = name
    self.brief = brief
    self.summary = summary
    self.operand = operand
    self.options = options
    self.notes = notes
  }

  /// The option of a name.
  public func option(_ name: String) -> CommandOption? { options.first { $0.name == name } }

  /// The command's name without the program's; the program's where it has only one command.
  var word: String { String(name.split(separator: " ").last ?? "") }

  /// Whether this is a program's only command.
  var isProgram: Bool { !name.contains(" ") }

  /// The help.
  public var usage: String {
    let word = operand.flatMap { option($0)?.form }.map { " [\($0.name)]" } ?? ""
    let parts = [
      "usage: \(name)\(word) [options]", wrapped(summary, width: 100).joined(separator: "\n"),
      Self.table(options.map { ($0.label, $0.help) } + Self.common(isProgram: isProgram)), notes,
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  /// The options that every command takes, and those of every program.
  static func common(isProgram: Bool) -> [(String, String)] {
    let script = ("--\(CompletionScript.option) SHELL", "write a script for bash or zsh that completes the options")
    return [("-h, --help", "show this"), ("--version", "show the version")] + (isProgram ? [script] : [])
  }

  /// Words and their descriptions, in two columns.
  static func table(_ rows: [(String, String)]) -> String {
    rows.flatMap { left, help in
      wrapped(help, width: 76).enumerated().map { index, line in
        let label = index == 0 ? left : ""
        return "  \(label)\(String(repeating: " ", count: max(1, 24 - label.count)))\(line)"
      }
    }.joined(separator: "\n")
  }
}
