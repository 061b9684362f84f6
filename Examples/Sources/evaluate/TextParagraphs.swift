import DeePEn
import Evaluation
import ExampleSupport
import Foundation

/// The paragraphs of a text file, each scored after its first word.
enum TextParagraphs {
  /// A paragraph.
  struct Paragraph {
    /// Its first word.
    var first: String
    /// The rest, with the space before it.
    var rest: String
  }

  /// Reads a file. Paragraphs are separated by empty lines; those of one word are left out.
  ///
  /// - Throws: `EvaluationError` where the file cannot be read, or contains no text to score.
  static func read(_ path: String, whole: Bool = false) throws -> [Paragraph] {
    let text = try readText(path).replacing("\r\n", with: "\n")
    let parts = whole ? [Substring(text)] : text.split(separator: "\n\n")
    let paragraphs = parts.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
      .filter { $0.contains(where: \.isWhitespace) }
    guard !paragraphs.isEmpty else {
      throw EvaluationError(.incomplete, "\(path) has no paragraph of two words", remedy: "Name a text file.")
    }
    return paragraphs.map { paragraph in
      let first = paragraph.prefix { !$0.isWhitespace }
      return Paragraph(first: String(first), rest: String(paragraph.dropFirst(first.count)))
    }
  }
}
