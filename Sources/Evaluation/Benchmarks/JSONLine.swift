import Foundation

/// An object on a line of a JSONL file, which knows where it stands.
struct JSONLine: Sendable {
  /// The file.
  let path: String
  /// The line, from 1, empty ones counted.
  let number: Int
  /// The object.
  let value: JSONValue

  /// Reads a file. Lines end in LF or CRLF; empty ones are left out, and so is a byte order mark.
  ///
  /// - Throws: ``EvaluationError`` where the file cannot be read or has no line, or where a line is not an object.
  static func lines(of path: String) throws -> [JSONLine] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw EvaluationError(.file, "\(path) cannot be read", remedy: "Name a JSONL file.")
    }
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let bytes = data.starts(with: mark) ? data.dropFirst(mark.count) : data
    let decoder = JSONDecoder()
    var lines: [JSONLine] = []
    for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      if line.allSatisfy({ [0x20, 0x09, 0x0D].contains($0) }) { continue }
      guard let value = try? decoder.decode(JSONValue.self, from: Data(line)), case .object = value else {
        throw EvaluationError(
          .invalidLine, "\(path), line \(index + 1) is not a JSON object", remedy: "Write one object a line.")
      }
      lines.append(JSONLine(path: path, number: index + 1, value: value))
    }
    guard !lines.isEmpty else {
      throw EvaluationError(.incomplete, "\(path) holds no question", remedy: "Name a JSONL file of questions.")
    }
    return lines
  }

  /// The text of a field.
  ///
  /// - Throws: ``EvaluationError`` where it is missing or is not a text.
  func text(_ name: String) throws -> String {
    guard let text = value[name]?.text else { throw wrong(name, wanted: "a text") }
    return text
  }

  /// A text or a number of a field as text, where the field is there.
  func name(_ name: String) -> String? {
    value[name].flatMap { $0.text ?? $0.integer.map(String.init) }
  }

  /// An error about a field.
  func wrong(_ field: String, wanted: String) -> EvaluationError {
    let state = value[field] == nil ? "is missing" : "cannot be read"
    return EvaluationError(
      .invalidLine, "\(path), line \(number): the field \(field) \(state)", remedy: "It is \(wanted).")
  }
}
