#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// An error with a message for users: its origin, the problem, and the remedy.
///
/// Every error type of the package conforms, so that an app shows the same words through every interface: `description`
/// has all of them, `localizedDescription` the problem, and `recoverySuggestion` the remedy.
///
/// ```swift
/// import Foundation
///
/// do {
///   _ = try Matrix(rows: 2, columns: 3, elements: [1, 2, 3])
/// } catch let error as any ExplainedError {
///   print(error.localizedDescription, error.remedy)
/// }
/// ```
public protocol ExplainedError: LocalizedError, CustomStringConvertible, Sendable {
  /// The origin of the problem, such as a file or a member; empty where the problem names it.
  var origin: String { get }
  /// The problem.
  var problem: String { get }
  /// The remedy.
  var remedy: String { get }
}

extension ExplainedError {
  /// No origin, by default.
  public var origin: String { "" }

  /// The problem and its origin: "origin: problem."
  public var errorDescription: String? { (origin.isEmpty ? "" : "\(origin): ") + problem.asSentence }

  /// The problem without its origin.
  public var failureReason: String? { problem.asSentence }

  /// There is no help book.
  public var helpAnchor: String? { nil }

  /// The remedy.
  public var recoverySuggestion: String? { remedy.asSentence }

  /// "origin: problem. remedy." An error type's `description` is its own member, so that it can be read without
  /// importing this module.
  package var explanation: String { "\(errorDescription ?? "") \(remedy.asSentence)" }
}

extension String {
  /// The text with one full stop at its end, for error messages that are composed of parts.
  package var asSentence: String {
    var text = self[...]
    while let last = text.last, last == "." || last.isWhitespace { text.removeLast() }
    guard let last = text.last else { return "" }
    return last == "!" || last == "?" ? String(text) : text + "."
  }
}
