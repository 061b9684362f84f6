import ExampleSupport

/// Measures whether an ensemble helps, on a user's own models and questions.
@main
enum Evaluate {
  static let program = Program(
    "evaluate",
    commands: [
      CompareCommand.command, ScoreCommand.command, StudyCommand.command, DoctorCommand.command, MatchCommand.command,
      PictureCommand.command, ExplainCommand.command, RulesCommand.command,
    ], sharedTitle: "Commands that load models also take:", shared: ModelSettings.options)

  static func main() { program.main() }
}
