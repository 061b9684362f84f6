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
  /// - Parameter rounds: How often each thing is timed, where nothing is said; `nil` where nothing is timed in rounds.
  static func form(
    _ command: String, _ summary: String, options: [CommandOption], rounds: Int?
  ) -> CommandForm {
    let timed = rounds.map { [CommandOption.value("rounds", "N", "how often each thing is timed (\($0))")] } ?? []
    return CommandForm(
      "benchmark \(command)", summary,
      options: options + [.value("threads", "N", "cores to use (all)")] + timed + [
        .value("json", "FILE", "also append a line of JSON for each measurement to a file"),
        .flag("quick", "tiny sizes: whether it works, not how fast it is"),
      ])
  }

  /// How embeddings lie in space.
  static let shape = CommandOption.value(
    "shape", "SHAPE", "how embeddings lie in space: orthogonal or anisotropic (orthogonal)")

  /// Reads a command line.
  ///
  /// - Throws: `UsageError`, or `BenchmarkError` for a file that cannot be written.
  init(_ words: some Sequence<String>, _ form: CommandForm) throws {
    arguments = try Arguments(words, for: form)
    isQuick = arguments.has("quick")
    threads = try arguments.value("threads") ?? ProcessInfo.processInfo.activeProcessorCount
    guard (1...1024).contains(threads) else { throw arguments.wrong("--threads \(threads) is not from 1 to 1024") }
    report = try Report(command: form.name, file: arguments.text("json"))
  }

  /// A count, at least 1.
  func count(_ name: String, _ standard: Int, quick: Int) throws -> Int {
    let value = try arguments.value(name) ?? (isQuick ? quick : standard)
    guard value > 0 else { throw arguments.wrong("--\(name) \(value) is below 1") }
    return value
  }

  /// A list of counts, each at least 1.
  func counts(_ name: String, _ standard: [Int], quick: [Int]) throws -> [Int] {
    let values = try arguments.list(name, of: Int.self) ?? (isQuick ? quick : standard)
    guard !values.isEmpty, values.allSatisfy({ $0 > 0 }) else {
      throw arguments.wrong("--\(name) needs numbers above 0")
    }
    return values
  }

  /// How often each thing is timed.
  func rounds(_ standard: Int) throws -> Int { try count("rounds", standard, quick: 2) }

  /// Names of methods.
  func methods(_ standard: [String]) throws -> [String] {
    let names = try arguments.list("methods", of: String.self) ?? standard
    for name in names { _ = try StepMethod.named(name) }
    return names
  }

  /// How embeddings lie in space.
  func shape() throws -> SyntheticEmbeddings.Shape {
    guard let text = arguments.text("shape") else { return .orthogonal }
    guard let shape = SyntheticEmbeddings.Shape(rawValue: text) else {
      throw arguments.wrong("--shape \(text) is neither orthogonal nor anisotropic")
    }
    return shape
  }

  /// Throws where a condition on options does not hold.
  func require(_ holds: Bool, _ problem: String) throws {
    if !holds { throw arguments.wrong(problem) }
  }
}

/// A gibibyte.
let gibibyte = 1_073_741_824.0
