import ModelBackends

/// A question of a benchmark before examples are put in front of it.
struct Exercise: Sendable {
  /// An identifier, unique within the file.
  var id: String
  /// The domain or the subject.
  var group: String
  /// The question, with lettered options where there are some.
  var question: String
  /// The answer, as an example shows it.
  var solution: String
  /// The expected answer.
  var expectation: EvaluationItem.Expectation

  /// A question with options.
  static func choice(
    id: String, group: String, question: String, options: [String], right: Int, form: ChoiceForm
  ) -> Exercise {
    guard form != .text else {
      return Exercise(
        id: id, group: group, question: question, solution: options[right],
        expectation: .choice(options: options, right: right))
    }
    let letters = options.indices.map(letter)
    let list = zip(letters, options).map { "\($0). \($1)" }
    return Exercise(
      id: id, group: group, question: ([question] + list).joined(separator: "\n"), solution: letters[right],
      expectation: form == .letter
        ? .choice(options: letters, right: right) : .writtenChoice(options: options, right: right))
  }

  /// The number of options that can have letters.
  static let letterCount = 26

  /// "A" for 0, "B" for 1, and so on.
  static func letter(_ index: Int) -> String { String(UnicodeScalar(UInt8(ascii: "A") + UInt8(index))) }

  /// The index of a letter among that many options; `nil` where it is none of theirs.
  static func index(ofLetter text: String, among count: Int) -> Int? {
    (0..<min(count, letterCount)).first { letter($0) == text.uppercased() }
  }

  /// The item, with examples before it.
  func item(examples: [Exercise], form: PromptForm) -> EvaluationItem {
    let messages =
      switch form {
      case .turns:
        examples.flatMap {
          [Message(role: .user, content: $0.question), Message(role: .assistant, content: $0.solution)]
        } + [Message(role: .user, content: question)]
      case .text:
        [
          Message(
            role: .user,
            content: (examples.map { "Question: \($0.question)\nAnswer: \($0.solution)\n\n" }
              + ["Question: \(question)\nAnswer:"]).joined())
        ]
      }
    return EvaluationItem(id: id, group: group, messages: messages, expectation: expectation)
  }
}
