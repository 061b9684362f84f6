import Foundation
import ModelBackends

/// An object on a line of a JSONL file, with its location.
struct JSONLine: Sendable {
  /// The file.
  let path: String
  /// The line, from 1, empty ones counted.
  let number: Int
  /// The object.
  let value: JSONValue

  /// Reads a file. Lines end in LF or CRLF; empty ones are left out, and so is a byte order mark. An unpaired surrogate
  /// (`\\ud83c` alone), as in texts that were cut inside a character, is read as U+FFFD.
  ///
  /// - Throws: ``EvaluationError`` where the file cannot be read or has no line, or where a line is not an object.
  static func lines(of path: String) throws -> [JSONLine] {
    guard let data = FileManager.default.contents(atPath: path) else {
      let problem = InputFile(path).problem?.text ?? "cannot be read"
      throw EvaluationError(.file, "\(path) \(problem)", remedy: "Name a JSONL file.")
    }
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let bytes = data.starts(with: mark) ? data.dropFirst(mark.count) : data
    let decoder = JSONDecoder()
    var lines: [JSONLine] = []
    for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      if line.allSatisfy({ [0x20, 0x09, 0x0D].contains($0) }) { continue }
      guard String(validating: line, as: UTF8.self) != nil else {
        throw EvaluationError(
          .invalidLine, "\(path), line \(index + 1) is not in UTF-8", remedy: "Convert the file to UTF-8.")
      }
      guard let value = try? decoder.decode(JSONValue.self, from: repairingSurrogates(in: line)), case .object = value
      else {
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

  /// A line with U+FFFD for each unpaired surrogate: no Unicode text has one, and the decoder would refuse the whole
  /// line.
  private static func repairingSurrogates(in line: Data) -> Data {
    var bytes = Array(line)
    /// The code unit of an escape `\uXXXX` that begins here.
    func unit(at index: Int) -> Int? {
      guard index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") else {
        return nil
      }
      return Int(String(decoding: bytes[index + 2..<index + 6], as: UTF8.self), radix: 16)
    }
    var index = 0
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "\\") else {
        index += 1
        continue
      }
      let number = unit(at: index)
      if let number, (0xD800...0xDBFF).contains(number), let next = unit(at: index + 6),
        (0xDC00...0xDFFF).contains(next)
      {
        index += 12
        continue
      }
      if let number, (0xD800...0xDFFF).contains(number) {
        bytes.replaceSubrange(index + 2..<index + 6, with: "FFFD".utf8)
      }
      index += number == nil ? 2 : 6
    }
    return Data(bytes)
  }

  /// The text of a field.
  ///
  /// - Throws: ``EvaluationError`` where it is missing or is not a text; with the code `emptyField` where it is empty.
  func text(_ name: String) throws -> String {
    guard let text = value[name]?.text else { throw wrong(name, wanted: "a text") }
    guard !text.isBlank else { throw empty(name) }
    return text
  }

  /// The text or number in a field, as text, where the field exists.
  func name(_ name: String) -> String? {
    value[name].flatMap { $0.text ?? $0.integer.map(String.init) }
  }

  /// An error about a field.
  func wrong(_ field: String, wanted: String) -> EvaluationError {
    let state = value[field] == nil ? "is missing" : "cannot be read"
    return EvaluationError(
      .invalidLine, "\(path), line \(number): the field \(field) \(state)", remedy: "It is \(wanted).")
  }

  /// An error about an empty field: the line has nothing to ask or no right answer.
  func empty(_ field: String) -> EvaluationError {
    EvaluationError(
      .emptyField, "\(path), line \(number): the field \(field) is empty",
      remedy: "Write something there, or leave the line out.")
  }
}

extension String {
  /// Whether it is empty or only white space.
  var isBlank: Bool { allSatisfy(\.isWhitespace) }
}
