import DeePEn
import Foundation

/// The machine of a measurement.
public struct Machine: Codable, Sendable {
  /// The processor's name.
  public var processor: String
  /// The number of available cores.
  public var cores: Int
  /// The memory, in bytes.
  public var memory: Int
  /// The operating system.
  public var system: String
  /// The library behind matrix products.
  public var blas: String

  /// The machine that this process runs on.
  public static var current: Machine {
    let information = ProcessInfo.processInfo
    return Machine(
      processor: field("model name", in: "/proc/cpuinfo", separator: ":") ?? "unknown processor",
      cores: information.activeProcessorCount, memory: Int(clamping: information.physicalMemory),
      system: field("PRETTY_NAME", in: "/etc/os-release", separator: "=") ?? information.operatingSystemVersionString,
      blas: BLAS.libraryDescription)
  }

  /// One line for the head of a table.
  public var description: String {
    "\(cores) \(cores == 1 ? "core" : "cores") of \(processor), \(memory >> 30) GiB, \(system), \(blas)"
  }

  /// The first value of a field in a system file of lines "name separator value".
  private static func field(_ name: String, in file: String, separator: Character) -> String? {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
    return line?.split(separator: separator, maxSplits: 1).last.map {
      $0.trimmingCharacters(in: CharacterSet(charactersIn: " \t\""))
    }
  }
}
