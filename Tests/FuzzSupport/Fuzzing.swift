import Foundation

/// Reads many damaged files; each must give a value or an error that names the fault.
///
/// A test runs a few rounds. The environment sets more, and the first one, so that `Tools/fuzz` can run many and find
/// the one that crashed the process:
///
/// | variable | meaning |
/// | --- | --- |
/// | `DEEPEN_FUZZ_ROUNDS` | the number of cases |
/// | `DEEPEN_FUZZ_FIRST` | the number of the first case |
/// | `DEEPEN_FUZZ_SEED` | other cases altogether |
/// | `DEEPEN_FUZZ_ONLY` | the name of one format; the others run no case |
/// | `DEEPEN_FUZZ_JOURNAL` | a folder in which each case is recorded before it runs |
package struct Fuzzing: Sendable {
  /// The outcomes of the cases.
  package struct Report: Sendable {
    /// Cases that gave a value.
    package var values = 0
    /// Cases that gave an error, by its code.
    package var errors: [String: Int] = [:]
    /// Failures: an error of another type, or an invalid value.
    package var surprises: [String] = []

    /// Whether some cases gave values and some errors, as expected: otherwise the damage is too small or too large.
    package var isTelling: Bool {
      let cases = values + errors.values.reduce(0, +) + surprises.count
      return cases < 50 || values > 0 && !errors.isEmpty
    }
  }

  /// A value that breaks a promise of its type.
  package struct Broken: Error, CustomStringConvertible {
    package var description: String

    package init(_ description: String) {
      self.description = description
    }
  }

  private let name: String
  private let rounds: Int
  private let first: Int
  private let seed: UInt64
  private let journal: Journal?

  /// Plans cases.
  ///
  /// - Parameters:
  ///   - name: The format's name; each has cases of its own.
  ///   - rounds: The default number of cases.
  package init(_ name: String, rounds: Int) {
    func setting(_ name: String) -> String? { ProcessInfo.processInfo.environment["DEEPEN_FUZZ_" + name] }
    self.name = name
    let isWanted = setting("ONLY").map { $0 == name } ?? true
    self.rounds = isWanted ? setting("ROUNDS").flatMap { Int($0) } ?? rounds : 0
    first = setting("FIRST").flatMap { Int($0) } ?? 0
    seed = setting("SEED").flatMap { UInt64($0) } ?? 1
    journal = setting("JOURNAL").map { Journal(folder: $0, name: name) }
  }

  /// Runs the cases.
  ///
  /// - Parameters:
  ///   - files: Sound files, which are damaged in turn.
  ///   - format: Their format.
  ///   - code: The code of an error for people; `nil` for any other error.
  ///   - read: Reads a damaged file; gets the case's number too. Throws ``Broken`` for an invalid value.
  package func run(
    on files: [[UInt8]], as format: FileFormat, code: (any Error) -> String?,
    read: ([UInt8], _ round: Int) async throws -> Void
  ) async -> Report {
    var report = Report()
    for round in first..<first + rounds {
      var mutator = Mutator(seed: seed(ofRound: round))
      let damaged = mutator.damage(format.parts(files[round % files.count]))
      journal?.begin(round, damaged)
      do {
        try await read(damaged, round)
        report.values += 1
      } catch {
        if let code = code(error) {
          report.errors[code, default: 0] += 1
        } else {
          report.surprises.append("\(name), case \(round): \(error)")
          journal?.keep(round, damaged)
        }
      }
      journal?.end(report)
    }
    return report
  }

  private func seed(ofRound round: Int) -> UInt64 {
    // FNV-1a of the name, so that formats do not share cases.
    let hash = name.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return hash ^ seed &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(round) &* 0xd6e8_feb8_6659_fd93
  }
}

/// Files that outlive the process: the running case, its content, and the outcomes of earlier ones.
private struct Journal: Sendable {
  let folder: URL
  let name: String

  init(folder: String, name: String) {
    self.folder = URL(filePath: folder)
    self.name = name
  }

  func begin(_ round: Int, _ bytes: [UInt8]) {
    write(bytes, to: "case")
    write(String(round).utf8, to: "round")
  }

  func keep(_ round: Int, _ bytes: [UInt8]) {
    write(bytes, to: "\(round).surprise")
  }

  func end(_ report: Fuzzing.Report) {
    let errors = report.errors.values.reduce(0, +)
    write("\(report.values) \(errors) \(report.surprises.count)".utf8, to: "counts")
  }

  private func write(_ bytes: some Sequence<UInt8>, to ending: String) {
    // If nothing can be written, the script that reads it says so.
    try? Data(bytes).write(to: folder.appending(path: "\(name).\(ending)"))
  }
}
