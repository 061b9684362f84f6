import BenchmarkKit
import ExampleSupport

/// Subcommands that measure speed and memory on this machine.
@main
enum Benchmark {
  static let program = Program(
    "benchmark",
    commands: [
      BandwidthCommand.command, DenseCommand.command, StepCommand.command, PrefixCommand.command,
      SoftmaxCommand.command, BuildCommand.command, EnsembleCommand.command, PositionsCommand.command,
      GrowthCommand.command,
    ], sharedTitle: "Every command takes:",
    shared: Options.shared(rounds: nil) + [Options.timing(default: nil)],
    notes:
      "Figures are medians, with the 5 and 95 % quantiles in brackets. Things that are compared take turns in every "
      + "round.")

  static func main() {
    let words = CommandLine.arguments.dropFirst()
    // A process in which another one of this program measures.
    guard words.first == Worker.command else { return program.main() }
    runCommand { try await Worker.work(words.dropFirst().first) }
  }
}
