/// A script with which a shell completes a program's words.
struct CompletionScript {
  /// The option that requests it.
  static let option = "generate-completion-script"

  private let program: String
  /// The commands, by the word that names each; `nil` for a program's only one.
  private let commands: [(word: String?, form: CommandForm)]

  /// A program of several commands.
  init(_ program: Program) {
    self.program = program.name
    commands = program.commands.map { ($0.form.word, $0.form) }
  }

  /// A program of one command.
  init(_ form: CommandForm) {
    program = form.name
    commands = [(nil, form)]
  }

  /// The script that a command line requests, as output.
  ///
  /// - Throws: ``UsageError`` where the shell is unknown.
  func answer(to word: String, _ next: String?) throws -> UsageError {
    switch word.split(separator: "=", maxSplits: 1).dropFirst().first.map(String.init) ?? next {
    case "bash": return UsageError(problem: nil, usage: bash)
    case "zsh": return UsageError(problem: nil, usage: zsh)
    case let other:
      throw UsageError(
        problem: "--\(Self.option) \(other ?? "") is not one of bash, zsh", usage: "usage: \(program) [options]")
    }
  }

  private var function: String { "_" + program.replacing("-", with: "_") }

  private func words(of form: CommandForm) -> [String] {
    form.options.map { "--\($0.name)" } + ["--help", "--version"]
      + (form.operand.flatMap { form.option($0)?.form }.map(Self.words) ?? [])
  }

  private static func words(of form: CommandOption.Form) -> [String] {
    if case .words(let words) = form.completion { words } else { [] }
  }

  /// Completes the word at the cursor by the one before it and by the command.
  private var bash: String {
    let first = commands.compactMap(\.word)
    let cases = commands.map { word, form in
      let values = form.options.compactMap { option -> String? in
        guard let value = option.form else { return nil }
        let action =
          switch value.completion {
          case .nothing: ":"
          case .files: #"COMPREPLY=($(compgen -f -- "$word"))"#
          case .folders: #"COMPREPLY=($(compgen -d -- "$word"))"#
          case .words(let words): #"COMPREPLY=($(compgen -W "\#(words.joined(separator: " "))" -- "$word"))"#
          }
        return "        --\(option.name)) \(action); return ;;"
      }
      return """
            \(word ?? "*"))
              case "$previous" in
        \(values.joined(separator: "\n"))
              esac
              options="\(words(of: form).joined(separator: " "))" ;;
        """
    }
    let choosing =
      first.isEmpty
      ? ""
      : """
        if ((COMP_CWORD == 1)); then
          COMPREPLY=($(compgen -W "\(first.joined(separator: " ")) --help --version" -- "$word"))
          return
        fi

      """
    return """
      # Completes \(program) in bash: source this file.
      \(function)() {
        local word="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD - 1]}" options=""
        COMPREPLY=()
      \(choosing)  case "${COMP_WORDS[1]}" in
      \(cases.joined(separator: "\n"))
        esac
        COMPREPLY=($(compgen -W "$options" -- "$word"))
      }
      complete -o filenames -F \(function) \(program)
      """
  }

  private var zsh: String {
    func quoted(_ text: String) -> String {
      text.replacing("\\", with: "\\\\").replacing("'", with: "'\\''").replacing("[", with: "\\[")
        .replacing("]", with: "\\]").replacing(":", with: "\\:").replacing("\n", with: " ")
    }
    func arguments(_ form: CommandForm) -> String {
      let options = form.options.map { option in
        let value = option.form.map { form in
          let action =
            switch form.completion {
            case .nothing: " "
            case .files: "_files"
            case .folders: "_files -/"
            case .words(let words): "(\(words.joined(separator: " ")))"
            }
          return ":\(form.name):\(action)"
        }
        let star = option.isRepeatable && option.form != nil ? "*" : ""
        return "'\(star)--\(option.name)[\(quoted(option.help))]\(value ?? "")'"
      }
      let operand = form.operand.flatMap { form.option($0)?.form }.map { form in
        let words = Self.words(of: form)
        return "'::\(form.name):\(words.isEmpty ? " " : "(\(words.joined(separator: " ")))")'"
      }
      return "_arguments \\\n      "
        + (options + ["'--help[show the help]'", "'--version[show the version]'"]
        + (operand.map { [$0] } ?? [])).joined(separator: " \\\n      ")
    }
    let isSingle = commands.allSatisfy { $0.word == nil }
    let list = commands.map { "'\($0.word ?? ""):\(quoted($0.form.brief))'" }.joined(separator: " ")
    let body =
      isSingle
      ? "  " + arguments(commands[0].form)
      : """
        if ((CURRENT == 2)); then
          local -a commands=(\(list))
          _describe command commands
          return
        fi
        shift words
        ((CURRENT--))
        case "$words[1]" in
      \(commands.map { "    \($0.word ?? "")) \(arguments($0.form)) ;;" }.joined(separator: "\n"))
        esac
      """
    return """
      #compdef \(program)
      # Completes \(program) in zsh: put this file into a folder of $fpath as \(function), or source it after compinit.
      \(function)() {
      \(body)
      }
      if [[ "$funcstack[1]" = \(function) ]]; then \(function) "$@"; else compdef \(function) \(program); fi
      """
  }
}
