import BenchmarkKit
import ExampleSupport
import Foundation

/// The options of a command, with those that all commands share.
struct Options {
  let arguments: Arguments
  let isQuick: Bool
  let threads: Int
  let report: Report

  /// A command with its own options and those that all commands share.
  ///
  /// - Parameter rounds: The default number of timings; `nil` where nothing is timed in rounds.
  static func form(
    _ command: String, _ summary: String, brief: String, options: [CommandOption], rounds: Int?
  ) -> CommandForm {
    CommandForm("benchmark \(command)", summary, brief: brief, options: options + shared(rounds: rounds))
  }

  /// The options of all commands.
  static func shared(rounds: Int?) -> [CommandOption] {
    let timed = rounds.map { [timing(default: "\($0)")] } ?? []
    return [.value("threads", "N", "threads of alignments, engines and BLAS (all cores)")] + timed + [
      .value("json", "FILE", "also append a line of JSON for each measurement to a file"),
      .flag("quick", "tiny sizes: whether it works, not how fast it is"),
    ]
  }

  /// The number of repetitions of a measurement.
  static func timing(default standard: String?) -> CommandOption {
    .value("rounds", "N", "how often each thing is timed", default: standard)
  }

  /// The distribution of the embeddings.
  static let shape = CommandOption.value(
    "shape", .choice("SHAPE", of: ["orthogonal", "anisotropic"]),
    "how embeddings lie in space: orthogonal or anisotropic", default: "orthogonal")

  /// Reads the options that all commands take.
  ///
  /// - Throws: `UsageError`, or `BenchmarkError` for a file that cannot be written.
  init(_ arguments: Arguments, _ form: CommandForm) throws {
    self.arguments = arguments
    isQuick = arguments.has("quick")
    threads = try arguments.value("threads") ?? ProcessInfo.processInfo.activeProcessorCount
    guard (1...1024).contains(threads) else { throw arguments.wrong("--threads \(threads) is not from 1 to 1024") }
    report = try Report(command: form.name, file: arguments.text("json"))
  }

  /// A count, at least 1; at tiny sizes another default.
  func count(_ name: String, quick: Int) throws -> Int {
    isQuick && !arguments.has(name) ? quick : try arguments.knownCount(name)
  }

  /// A list of counts, each at least 1; at tiny sizes another default.
  func counts(_ name: String, quick: [Int]) throws -> [Int] {
    let values = isQuick && !arguments.has(name) ? quick : try arguments.list(name, of: Int.self) ?? []
    guard !values.isEmpty, values.allSatisfy({ $0 > 0 }) else {
      throw arguments.wrong("--\(name) needs numbers above 0")
    }
    return values
  }

  /// The number of timings.
  func rounds() throws -> Int { try count("rounds", quick: 2) }

  /// Names of methods.
  func methods() throws -> [String] {
    let names = try arguments.list("methods", of: String.self) ?? []
    for name in names { _ = try StepMethod.named(name) }
    return names
  }

  /// The distribution of the embeddings.
  func shape() throws -> SyntheticEmbeddings.Shape {
    let text = arguments.text("shape") ?? ""
    guard let shape = SyntheticEmbeddings.Shape(rawValue: text) else {
      throw arguments.wrong("--shape \(text) is neither orthogonal nor anisotropic")
    }
    return shape
  }

  /// Throws if a condition on options does not hold.
  func require(_ holds: Bool, _ problem: String) throws {
    if !holds { throw arguments.wrong(problem) }
  }
}

/// A gibibyte.
let gibibyte = 1_073_741_824.0
