public import DeePEn
import Foundation

/// A question with its answer, as a line of a JSONL file has it.
public struct Question: Codable, Sendable {
  /// A name of its own.
  public var id: String
  /// What it is about.
  public var domain: String
  /// The question.
  public var question: String
  /// The answer.
  public var answer: String
  /// Other answers that are right as well.
  public var aliases: [String]?

  /// Makes a question.
  public init(id: String, domain: String, question: String, answer: String, aliases: [String]? = nil) {
    self.id = id
    self.domain = domain
    self.question = question
    self.answer = answer
    self.aliases = aliases
  }

  /// Reads a JSONL file.
  ///
  /// - Throws: ``BackendError`` with the line that cannot be read.
  public static func load(_ path: String) throws -> [Question] {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw BackendError(.missingFile, in: path, "cannot be read", remedy: "Name a JSONL file of questions.")
    }
    return try text.split(separator: "\n").enumerated().map { number, line in
      do {
        return try JSONDecoder().decode(Question.self, from: Data(line.utf8))
      } catch {
        throw BackendError(
          .invalidFile, in: "\(path), line \(number + 1)", "is not a question: \(error)",
          remedy: "Each line needs id, domain, question and answer.")
      }
    }
  }

  /// Whether a text answers the question: the same words, whatever their case, space and final full stop.
  public func isAnswered(by text: String) -> Bool {
    ([answer] + (aliases ?? [])).contains { Self.normalised($0) == Self.normalised(text) }
  }

  private static func normalised(_ text: String) -> String {
    let words = text.lowercased().split { $0.isWhitespace }.joined(separator: " ")
    return words.hasSuffix(".") ? String(words.dropLast()) : words
  }
}

/// How many questions of each domain were answered.
public struct Score: Sendable {
  /// Right answers in each domain.
  public private(set) var right: [String: Int] = [:]
  /// Questions in each domain.
  public private(set) var asked: [String: Int] = [:]

  /// Starts counting.
  public init() {}

  /// Counts an answer.
  public mutating func count(_ question: Question, isRight: Bool) {
    asked[question.domain, default: 0] += 1
    right[question.domain, default: 0] += isRight ? 1 : 0
  }

  /// The share of all questions that were answered, from 0 to 1.
  public var accuracy: Float {
    let all = asked.values.reduce(0, +)
    return all == 0 ? 0 : Float(right.values.reduce(0, +)) / Float(all)
  }

  /// The share of a domain's questions that were answered; `nil` where there were none.
  public func accuracy(in domain: String) -> Float? {
    asked[domain].map { Float(right[domain] ?? 0) / Float($0) }
  }
}

extension Ensemble {
  /// Answers questions greedily, up to the end of the line.
  public func score(
    _ questions: [Question], maximumTokens: Int = 24, progress: (Double) -> Void
  ) async throws -> Score {
    let options = GenerationOptions(maximumTokens: maximumTokens, stop: ["\n"])
    var score = Score()
    for (index, question) in questions.enumerated() {
      let response = try await respond(to: question.question, options: options)
      score.count(question, isRight: question.isAnswered(by: response.text))
      progress(Double(index + 1) / Double(questions.count))
    }
    return score
  }
}
