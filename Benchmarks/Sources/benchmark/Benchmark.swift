import BenchmarkKit
import ExampleSupport

/// Subcommands that measure speed and memory on this machine.
@main
enum Benchmark {
  static let usage = """
    usage: benchmark COMMAND [options]

      bandwidth   what the memory delivers, and the speed of large matrix products
      dense       the published step with whole matrices, against reading them
      step        a fused step of made-up members, in several ways: time, memory, agreement
      prefix      a fused step in the space of byte prefixes, with its parts
      softmax     from raw logits to a distribution and its likeliest tokens
      build       the making of alignments, against large matrix products
      ensemble    a token of an ensemble of real models, against the models' own work
      positions   predictions at many positions of a text, against the models' own passes
      growth      a fused step against tokens, anchors, members, steps and kept tokens, with plots

    benchmark COMMAND --help says more. Every command takes

      --threads N   cores to use (all)
      --rounds N    how often each thing is timed
      --json FILE   also append a line of JSON for each measurement to a file
      --quick       tiny sizes: whether it works, not how fast it is

    Figures are medians, with the 5 and 95 % quantiles in brackets. Things that are compared take turns in every round.
    """

  static func main() {
    runCommand {
      let words = CommandLine.arguments.dropFirst()
      let rest = words.dropFirst()
      try answerGeneralWords(words.first, usage: usage)
      switch words.first {
      case "bandwidth": try BandwidthCommand.run(rest)
      case "dense": try DenseCommand.run(rest)
      case "step": try StepCommand.run(rest)
      case "prefix": try PrefixCommand.run(rest)
      case "softmax": try SoftmaxCommand.run(rest)
      case "build": try BuildCommand.run(rest)
      case "ensemble": try EnsembleCommand.run(rest)
      case "positions": try PositionsCommand.run(rest)
      case "growth": try GrowthCommand.run(rest)
      case Worker.command: try await Worker.work(rest.first)
      case let other: throw UsageError(problem: "\(other ?? "") is not a command", usage: usage)
      }
    }
  }
}
