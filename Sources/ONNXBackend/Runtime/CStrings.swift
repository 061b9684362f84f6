internal import Foundation

/// Calls a body with texts as C strings, which live as long as the call.
func withCStrings<Result>(_ texts: [String], _ body: ([UnsafePointer<CChar>]) throws -> Result) rethrows -> Result {
  let copies = texts.map { text in
    guard let copy = strdup(text) else { preconditionFailure("There is no memory for \(text.utf8.count) bytes.") }
    return copy
  }
  defer { copies.forEach { free($0) } }
  return try body(copies.map { UnsafePointer($0) })
}
