public import Ensembling

/// The layout of a question and the examples before it.
public enum PromptForm: String, Sendable, Hashable, CaseIterable {
  /// Each example is a turn of the user and one of the assistant: for models with a chat template.
  case turns
  /// All in one message, `Question: …`, `Answer: …`, empty line: for base models, whose template should add nothing.
  case text
}

/// A format of questions: this project's own, or that of a public benchmark. No data come with it.
public enum Benchmark: String, Sendable, Hashable, CaseIterable {
  /// This project's own: `id`, `domain`, `question`, `answer`, optional `aliases`.
  case questions
  /// MMLU (arXiv 2009.03300): `question`, `choices`, `answer`, `subject`.
  case mmlu
  /// ARC (arXiv 1803.05457): `question`, `choices`, `answerKey`.
  case arc
  /// GSM8K (arXiv 2110.14168): `question`, `answer` that ends in `#### number`.
  case gsm8k
  /// PIQA (arXiv 1911.11641): `goal`, `sol1`, `sol2`, `label`.
  case piqa
  /// TriviaQA (arXiv 1705.03551): `question`, `answer` with `value` and aliases, a list, or a text.
  case triviaqa
  /// Natural Questions, open: `question`, `answer`, in the same forms.
  case nq

  /// Whether its questions are multiple choice with one right option.
  public var hasChoices: Bool { [.mmlu, .arc, .piqa].contains(self) }

  /// The default form in which written answers are read.
  package var answerForm: AnswerForm {
    switch self {
    case .gsm8k: .number
    case .triviaqa, .nq: .squad
    case .questions, .mmlu, .arc, .piqa: .line
    }
  }

  /// The default way in which options are answered.
  package var choiceForm: ChoiceForm { self == .piqa ? .text : .letter }

  /// Whether the expected answer directly after the question is meaningful: not where a calculation comes between.
  public var scoresExpectedAnswers: Bool { self != .gsm8k }

  /// The settings for generating answers: greedy; one line of up to 24 tokens, up to 320 for GSM8K's calculations; a
  /// paragraph of up to 64 tokens where the answer may be a sentence (``AnswerForm/contains``); up to 256 where options
  /// may be weighted before one is named (``ChoiceForm/written``).
  public func generation(answers: AnswerForm? = nil, choices: ChoiceForm? = nil) -> ResponseOptions {
    if self == .gsm8k { return ResponseOptions(maximumTokens: 320, stop: ["\nQuestion:"]) }
    if hasChoices, choices == .written { return ResponseOptions(maximumTokens: 256, stop: ["\nQuestion:"]) }
    return answers == .contains
      ? ResponseOptions(maximumTokens: 64, stop: ["\n\n", "\nQuestion:"])
      : ResponseOptions(maximumTokens: 24, stop: ["\n"])
  }

  /// Reads questions.
  ///
  /// The examples before a question are the first of its own group, such as an MMLU subject, where the file of examples
  /// has enough of them, and the first of that file otherwise. A question is never its own example.
  ///
  /// - Parameters:
  ///   - file: A JSONL file.
  ///   - examples: A JSONL file of the same format; `nil` for none.
  ///   - shots: The number of examples before each question.
  ///   - form: The layout of questions and examples.
  ///   - answers: The form in which written answers are read; `nil` for the format's own.
  ///   - choices: The way in which options are answered; `nil` for the format's own.
  ///   - leavingOut: Called for each line that is left out because a field of it, such as one of its choices, is empty.
  /// - Throws: ``EvaluationError`` that names the file, the line and the field which cannot be read, an identifier that
  ///   comes twice, examples that are missing, or a form that questions of this format do not have.
  public func items(
    from file: String, examples: String? = nil, shots: Int = 0, form: PromptForm = .turns,
    answers: AnswerForm? = nil, choices: ChoiceForm? = nil, leavingOut: (EvaluationError) -> Void = { _ in }
  ) throws -> [EvaluationItem] {
    guard hasChoices ? answers == nil : choices == nil else {
      let known = hasChoices ? ChoiceForm.allCases.map(\.rawValue) : AnswerForm.allCases.map(\.rawValue)
      throw EvaluationError(
        .invalidOption,
        "Questions of the format \(rawValue) \(hasChoices ? "have options" : "have none"): the answer form "
          + "\(answers?.rawValue ?? choices?.rawValue ?? "") is not for them",
        remedy: "Choose from \(known.joined(separator: ", ")).")
    }
    guard shots >= 0, shots == 0 || examples != nil else {
      throw EvaluationError(
        .incomplete, "\(shots) examples are asked for, and there is no file of examples",
        remedy: "Name a file of examples, or ask for none.")
    }
    let forms = (answers ?? answerForm, choices ?? choiceForm)
    let exercises = try exercises(in: file, forms, leavingOut)
    guard !exercises.isEmpty else {
      throw EvaluationError(
        .incomplete, "\(file) holds no question: every line has an empty field",
        remedy: "Name a JSONL file of questions.")
    }
    let known = shots == 0 ? [] : try examples.map { try self.exercises(in: $0, forms, leavingOut) } ?? []
    let groups = Dictionary(grouping: known, by: \.group)
    return try exercises.map { exercise in
      let all = [groups[exercise.group] ?? [], known].map { pool in
        pool.lazy.filter { $0.question != exercise.question }.prefix(shots)
      }
      guard let chosen = all.first(where: { $0.count == shots }) else {
        throw EvaluationError(
          .incomplete, "\(examples ?? "") has fewer than \(shots) examples for \(exercise.id) of \(file)",
          remedy: "Ask for fewer examples, or name a longer file.")
      }
      return exercise.item(examples: Array(chosen), form: form)
    }
  }

  private func exercises(
    in file: String, _ forms: (AnswerForm, ChoiceForm), _ leavingOut: (EvaluationError) -> Void
  ) throws -> [Exercise] {
    var seen: Set<String> = []
    return try JSONLine.lines(of: file).compactMap { line in
      let exercise: Exercise
      do {
        exercise = try self.exercise(line, forms.0, forms.1)
      } catch let error as EvaluationError where error.code == .emptyField {
        leavingOut(error)
        return nil
      }
      guard seen.insert(exercise.id).inserted else {
        throw EvaluationError(
          .invalidLine, "\(file), line \(line.number) has the id \(exercise.id) of an earlier line",
          remedy: "Give every question an id of its own.")
      }
      return exercise
    }
  }
}
