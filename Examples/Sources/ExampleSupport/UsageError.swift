public import Foundation

/// A command line that cannot be understood, or a call for help.
public struct UsageError: LocalizedError, CustomStringConvertible {
  /// The problem; `nil` for a call for help.
  public var problem: String?
  /// The command's usage.
  public var usage: String

  /// Creates an error.
  public init(problem: String?, usage: String) {
    self.problem = problem
    self.usage = usage
  }

  /// The help; with a problem, the problem and how to get the help.
  public var description: String {
    guard let problem else { return usage }
    return "\(problem)\n\n\(usage.split(separator: "\n").first ?? "")\n--help says more."
  }

  /// The same.
  public var errorDescription: String? { description }
}
