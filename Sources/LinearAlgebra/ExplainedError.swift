#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// An error for people: its origin, the problem, and the remedy.
///
/// Every error type of the package is one, so that an app shows the same words however it asks: `description` has all
/// of them, `localizedDescription` what is wrong, and `recoverySuggestion` what to do.
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
  /// Where something is wrong, such as a file or a member; empty where the problem says it.
  var origin: String { get }
  /// The problem.
  var problem: String { get }
  /// The remedy.
  var remedy: String { get }
}

extension ExplainedError {
  /// Nowhere in particular.
  public var origin: String { "" }

  /// The problem and its origin: "origin: problem."
  public var errorDescription: String? { (origin.isEmpty ? "" : "\(origin): ") + problem.asSentence }

  /// The problem without its origin.
  public var failureReason: String? { problem.asSentence }

  /// No page of a help book.
  public var helpAnchor: String? { nil }

  /// The remedy.
  public var recoverySuggestion: String? { remedy.asSentence }

  /// "origin: problem. remedy." An error type's `description` is its own member, so that it can be read without
  /// importing this module.
  package var explanation: String { "\(errorDescription ?? "") \(remedy.asSentence)" }
}

extension String {
  /// The text with one full stop at its end, for error messages that are put together from parts.
  package var asSentence: String {
    var text = self[...]
    while let last = text.last, last == "." || last.isWhitespace { text.removeLast() }
    guard let last = text.last else { return "" }
    return last == "!" || last == "?" ? String(text) : text + "."
  }
}
