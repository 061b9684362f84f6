public import Ensemble

/// How a question and the examples before it are written.
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
  /// TriviaQA (arXiv 1705.03551): `question`, `answer` with `value` and aliases, or a list.
  case triviaqa
  /// Natural Questions, open: `question`, `answer`, a list or one.
  case nq

  /// Texts that end an answer.
  public var stop: [String] { self == .gsm8k ? ["\nQuestion:"] : ["\n"] }

  /// How long an answer may become, in tokens of the main model.
  public var maximumTokens: Int { self == .gsm8k ? 320 : 24 }

  /// Whether the expected answer directly after the question says something: not where a calculation comes between.
  public var scoresExpectedAnswers: Bool { self != .gsm8k }

  /// How answers are generated: greedy, up to ``maximumTokens``, ending at ``stop``.
  public var generation: GenerationOptions { GenerationOptions(maximumTokens: maximumTokens, stop: stop) }

  /// Reads questions.
  ///
  /// The examples before a question are the first of its own group, such as an MMLU subject, where the file of examples
  /// has enough of them, and the first of that file otherwise. A question is never its own example.
  ///
  /// - Parameters:
  ///   - file: A JSONL file.
  ///   - examples: A JSONL file of the same format; `nil` for none.
  ///   - shots: How many examples come before each question.
  ///   - form: How questions and examples are written.
  /// - Throws: ``EvaluationError`` that names the file, the line and the field which cannot be read, an identifier that
  ///   comes twice, or examples that are missing.
  public func items(
    from file: String, examples: String? = nil, shots: Int = 0, form: PromptForm = .turns
  ) throws -> [EvaluationItem] {
    guard shots >= 0, shots == 0 || examples != nil else {
      throw EvaluationError(
        .incomplete, "\(shots) examples are asked for, and there is no file of examples",
        remedy: "Name a file of examples, or ask for none.")
    }
    let exercises = try exercises(in: file)
    let known = shots == 0 ? [] : try examples.map { try self.exercises(in: $0) } ?? []
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

  private func exercises(in file: String) throws -> [Exercise] {
    var seen: Set<String> = []
    return try JSONLine.lines(of: file).map { line in
      let exercise = try exercise(line)
      guard seen.insert(exercise.id).inserted else {
        throw EvaluationError(
          .invalidLine, "\(file), line \(line.number) has the id \(exercise.id) of an earlier line",
          remedy: "Give every question an id of its own.")
      }
      return exercise
    }
  }
}
