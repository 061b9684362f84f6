/// A command: its options and its action.
public struct Command: Sendable {
  /// The command's form.
  public let form: CommandForm
  let run: @Sendable (Arguments) async throws -> Void

  /// Describes a command.
  public init(_ form: CommandForm, run: @escaping @Sendable (_ arguments: Arguments) async throws -> Void) {
    self.form = form
    self.run = run
  }

  /// Runs the command as a program.
  public func main() {
    runCommand { try await run(Arguments(CommandLine.arguments.dropFirst(), for: form)) }
  }
}

/// A program of several commands.
public struct Program: Sendable {
  /// Its name.
  public let name: String
  /// Its commands, in the order of the help.
  public let commands: [Command]
  private let sharedTitle: String
  private let shared: [CommandOption]
  private let notes: String

  /// Describes a program.
  ///
  /// - Parameters:
  ///   - sharedTitle: The commands that take the shared options.
  ///   - shared: Options that commands have in common; each has them in its own form as well.
  ///   - notes: Text at the end of the help.
  public init(
    _ name: String, commands: [Command], sharedTitle: String, shared: [CommandOption], notes: String = ""
  ) {
    self.name = name
    self.commands = commands
    self.sharedTitle = sharedTitle
    self.shared = shared
    self.notes = notes
  }

  /// The help.
  public var usage: String {
    let width = commands.map(\.form.word.count).reduce(0, max)
    let list = commands.map { command in
      let word = command.form.word
      return "  \(word)\(String(repeating: " ", count: width - word.count + 4))\(command.form.brief)"
    }
    let parts = [
      "usage: \(name) COMMAND [options]", list.joined(separator: "\n"),
      "\(name) COMMAND --help says more. \(sharedTitle)",
      CommandForm.table(shared.map { ($0.label, $0.help) } + CommandForm.common(isProgram: true)), notes,
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  /// Runs as the process's program.
  public func main() {
    runCommand { try await run(CommandLine.arguments.dropFirst()) }
  }

  /// Runs the command that some words name.
  ///
  /// - Throws: ``UsageError`` for a word that names none, and for a call for help; the command's errors.
  public func run(_ words: some Sequence<String>) async throws {
    var words = Array(words)[...]
    let word = words.popFirst()
    switch word {
    case nil, "-h", "--help", "help": throw UsageError(problem: nil, usage: usage)
    case "--version": throw UsageError(problem: nil, usage: toolVersion)
    case let word? where word.hasPrefix("--\(CompletionScript.option)"):
      throw try CompletionScript(self).answer(to: word, words.first)
    case let word?:
      guard let command = commands.first(where: { $0.form.word == word }) else {
        let near = Suggestion.nearest(to: word, among: commands.map(\.form.word))
        throw UsageError(
          problem: "\(word) is not a command\(near.map { "; did you mean \($0)?" } ?? "")", usage: usage)
      }
      try await command.run(Arguments(words, for: command.form))
    }
  }
}
