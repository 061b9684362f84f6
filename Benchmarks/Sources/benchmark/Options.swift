import BenchmarkKit
import ExampleSupport
import Foundation

/// The options of a command, with those that all commands share.
struct Options {
  let arguments: Arguments
  let isQuick: Bool
  let threads: Int
  let report: Report

  /// Reads a command line.
  ///
  /// - Throws: `UsageError`.
  init(
    _ words: some Sequence<String>, command: String, options: [String] = [], flags: [String] = [], usage: String
  ) throws {
    arguments = try Arguments(
      words, options: options + ["threads", "rounds", "json"], flags: flags + ["quick"], usage: usage)
    isQuick = arguments.has("quick")
    threads = try arguments.value("threads") ?? ProcessInfo.processInfo.activeProcessorCount
    guard (1...1024).contains(threads) else {
      throw UsageError(problem: "--threads \(threads) is not from 1 to 1024", usage: usage)
    }
    report = Report(command: "benchmark \(command)", file: arguments.text("json"))
    self.usage = usage
  }

  private let usage: String

  /// A count, at least 1.
  func count(_ name: String, _ standard: Int, quick: Int) throws -> Int {
    let value = try arguments.value(name) ?? (isQuick ? quick : standard)
    guard value > 0 else { throw UsageError(problem: "--\(name) \(value) is below 1", usage: usage) }
    return value
  }

  /// A list of counts, each at least 1.
  func counts(_ name: String, _ standard: [Int], quick: [Int]) throws -> [Int] {
    let values = try arguments.list(name, of: Int.self) ?? (isQuick ? quick : standard)
    guard !values.isEmpty, values.allSatisfy({ $0 > 0 }) else {
      throw UsageError(problem: "--\(name) needs numbers above 0", usage: usage)
    }
    return values
  }

  /// How often each thing is timed.
  func rounds(_ standard: Int) throws -> Int { try count("rounds", standard, quick: 2) }

  /// Names of methods.
  func methods(_ standard: [String]) throws -> [String] {
    let names = arguments.text("methods")?.split(separator: ",").map(String.init) ?? standard
    for name in names { _ = try StepMethod.named(name) }
    return names
  }

  /// How embeddings lie in space.
  func shape() throws -> SyntheticEmbeddings.Shape {
    guard let text = arguments.text("shape") else { return .orthogonal }
    guard let shape = SyntheticEmbeddings.Shape(rawValue: text) else {
      throw UsageError(problem: "--shape \(text) is neither orthogonal nor anisotropic", usage: usage)
    }
    return shape
  }

  /// Throws where a condition on options does not hold.
  func require(_ holds: Bool, _ problem: String) throws {
    if !holds { throw UsageError(problem: problem, usage: usage) }
  }
}

/// A gibibyte.
let gibibyte = 1_073_741_824.0
