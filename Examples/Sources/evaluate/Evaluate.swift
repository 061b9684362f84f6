import ExampleSupport

/// Does an ensemble help? Subcommands answer it on one's own models and questions.
@main
enum Evaluate {
  static let usage = """
    usage: evaluate COMMAND [options]

      compare    members alone and together under several rules: one table with intervals
      score      how likely each member, and an ensemble, finds a text: bits a byte
      study      one setting against bits a byte, loss and time a step, on texts that are read once
      doctor     what the files say before anything is generated, and advice
      match      what MinED makes of two vocabularies, and how long it takes
      picture    the members' relative representations in one plot, and how consistent they are
      explain    where an ensemble departs from the right answer, and why
      rules      the rules that can be named, and their settings

    evaluate COMMAND --help says more.
    """

  /// What every command that loads models takes beside its own options.
  private static let general = CommandForm(
    "evaluate", "Commands that load models also take:", options: ModelSettings.options)

  static func main() {
    runCommand {
      let words = CommandLine.arguments.dropFirst()
      try answerGeneralWords(words.first, usage: "\(usage)\n\n\(general.details)")
      let (arguments, rest) = try Arguments.taking(general, from: words.dropFirst())
      try await ModelSettings.$current.withValue(ModelSettings(arguments)) {
        do {
          try await run(words.first ?? "", rest)
        } catch var error as UsageError where error.problem == nil && error.usage != toolVersion {
          error.usage += "\n\n\(general.details)"
          throw error
        }
      }
    }
  }

  private static func run(_ command: String, _ rest: [String]) async throws {
    switch command {
    case "compare": try await CompareCommand.run(rest)
    case "score": try await ScoreCommand.run(rest)
    case "study": try await StudyCommand.run(rest)
    case "doctor": try await DoctorCommand.run(rest)
    case "match": try await MatchCommand.run(rest)
    case "picture": try await PictureCommand.run(rest)
    case "explain": try await ExplainCommand.run(rest)
    case "rules": print(RulesCommand.text)
    default: throw UsageError(problem: "\(command) is not a command", usage: usage)
    }
  }
}
