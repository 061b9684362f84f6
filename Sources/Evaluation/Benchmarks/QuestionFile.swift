import Foundation
import ModelBackends

/// Questions with short answers, one JSON object a line: `id`, `domain`, `question`, `answer`, and optional `aliases`.
public struct QuestionFile: Sendable {
  private struct Line: Decodable {
    var id: String
    var domain: String
    var question: String
    var answer: String
    var aliases: [String]?
  }

  /// The questions, in order.
  public var items: [EvaluationItem]

  /// Reads a file.
  ///
  /// - Throws: ``EvaluationError`` that names the line which cannot be read, or an identifier that comes twice.
  public init(_ path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw EvaluationError(.file, "\(path) cannot be read", remedy: "Name a JSONL file of questions.")
    }
    let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
    var seen: Set<String> = []
    items = try lines.enumerated().map { number, text in
      let line: Line
      do { line = try JSONDecoder().decode(Line.self, from: Data(text.utf8)) } catch {
        throw EvaluationError(
          .invalidLine, "\(path), line \(number + 1) is not a question: \(error)",
          remedy: "Each line needs id, domain, question and answer.")
      }
      guard seen.insert(line.id).inserted else {
        throw EvaluationError(
          .invalidLine, "\(path), line \(number + 1) has the id \(line.id) of an earlier line",
          remedy: "Give every question an id of its own.")
      }
      return EvaluationItem(
        id: line.id, group: line.domain, messages: [Message(role: .user, content: line.question)],
        expectation: .answer([line.answer] + (line.aliases ?? []), form: .line))
    }
    guard !items.isEmpty else {
      throw EvaluationError(.incomplete, "\(path) holds no question", remedy: "Name a JSONL file of questions.")
    }
  }
}
