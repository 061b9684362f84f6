extension Benchmark {
  /// Reads a line's fields as the format defines them.
  ///
  /// - Throws: ``EvaluationError``, with the code `emptyField` where the line can be left out.
  func exercise(_ line: JSONLine, _ answers: AnswerForm, _ choices: ChoiceForm) throws -> Exercise {
    switch self {
    case .questions: try Self.question(line, answers)
    case .mmlu: try Self.mmlu(line, choices)
    case .arc: try Self.arc(line, choices)
    case .gsm8k: try Self.gsm8k(line, answers)
    case .piqa: try Self.piqa(line, choices)
    case .triviaqa, .nq: try Self.shortAnswer(line, rawValue, answers)
    }
  }

  private static func question(_ line: JSONLine, _ form: AnswerForm) throws -> Exercise {
    let answer = try line.text("answer")
    var aliases: [String] = []
    if let field = line.value["aliases"] {
      guard let texts = field.texts else { throw line.wrong("aliases", wanted: "a list of texts") }
      aliases = texts.filter { !$0.isBlank }
    }
    return Exercise(
      id: try line.text("id"), group: try line.text("domain"), question: try line.text("question"), solution: answer,
      expectation: .answer([answer] + aliases, form: form))
  }

  private static func mmlu(_ line: JSONLine, _ form: ChoiceForm) throws -> Exercise {
    guard let choices = line.value["choices"]?.texts, (2...Exercise.letterCount).contains(choices.count) else {
      throw line.wrong("choices", wanted: "a list of 2 to \(Exercise.letterCount) texts")
    }
    guard !choices.contains(where: \.isBlank) else { throw line.empty("choices") }
    let field = line.value["answer"]
    let letter = field?.text.flatMap { Exercise.index(ofLetter: $0, among: choices.count) }
    guard let right = letter ?? field?.integer, choices.indices.contains(right) else {
      throw line.wrong("answer", wanted: "the index of the right choice, from 0, or its letter")
    }
    return .choice(
      id: line.id("mmlu"), group: line.name("subject") ?? "mmlu", question: try line.text("question"),
      options: choices, right: right, form: form)
  }

  /// The published files have the question and its choices as one object; copies of them have two fields.
  private static func arc(_ line: JSONLine, _ form: ChoiceForm) throws -> Exercise {
    guard let question = line.value["question"]?["stem"]?.text ?? line.value["question"]?.text else {
      throw line.wrong("question", wanted: "a text, or an object with a stem")
    }
    guard !question.isBlank else { throw line.empty("question") }
    let field = line.value["question"]?["choices"] ?? line.value["choices"]
    let texts = field?["text"]?.texts ?? field?.list?.compactMap { $0["text"]?.text }
    let labels = field?["label"]?.texts ?? field?.list?.compactMap { $0["label"]?.text }
    guard let texts, let labels, texts.count == labels.count, (2...Exercise.letterCount).contains(texts.count),
      field?.list.map({ $0.count == texts.count }) ?? true
    else { throw line.wrong("choices", wanted: "two or more choices, each with a text and a label") }
    guard !texts.contains(where: \.isBlank) else { throw line.empty("choices") }
    guard let right = line.name("answerKey").flatMap({ labels.firstIndex(of: $0) }) else {
      throw line.wrong("answerKey", wanted: "the label of the right choice")
    }
    return .choice(id: line.id("arc"), group: "arc", question: question, options: texts, right: right, form: form)
  }

  private static func gsm8k(_ line: JSONLine, _ form: AnswerForm) throws -> Exercise {
    let parts = try line.text("answer").split(separator: "####", omittingEmptySubsequences: false)
    guard parts.count == 2, let number = AnswerForm.number.normalised(String(parts[1])) else {
      throw line.wrong("answer", wanted: "a calculation that ends in #### and a number")
    }
    let calculation = String(withoutAnnotations(parts[0]).reversed().drop(while: \.isWhitespace).reversed())
    let result = "The answer is \(number)."
    return Exercise(
      id: line.id("gsm8k"), group: "gsm8k", question: try line.text("question"),
      solution: calculation.isEmpty ? result : "\(calculation)\n\(result)",
      expectation: .answer([number], form: form))
  }

  /// A calculation without the calculator's notes, such as `<<2*3=6>>`.
  private static func withoutAnnotations(_ text: Substring) -> String {
    var result = ""
    var rest = text
    while let start = rest.firstRange(of: "<<"), let end = rest[start.upperBound...].firstRange(of: ">>") {
      result += rest[..<start.lowerBound]
      rest = rest[end.upperBound...]
    }
    return result + rest
  }

  private static func piqa(_ line: JSONLine, _ form: ChoiceForm) throws -> Exercise {
    let options = [try line.text("sol1"), try line.text("sol2")]
    guard let right = line.value["label"]?.integer, options.indices.contains(right) else {
      throw line.wrong("label", wanted: "0 for sol1 or 1 for sol2")
    }
    return .choice(
      id: line.id("piqa"), group: "piqa", question: try line.text("goal"), options: options, right: right, form: form)
  }

  /// `answer` is a text, a list of texts, or an object with a value and aliases. Empty elements do not count, such as
  /// TriviaQA's normal form of an answer that consists of symbols alone.
  private static func shortAnswer(_ line: JSONLine, _ name: String, _ form: AnswerForm) throws -> Exercise {
    let field = line.value["answer"]
    let aliases = ["aliases", "normalized_aliases"].flatMap { field?[$0]?.texts ?? [] }
    let answers =
      field?.texts ?? field?.text.map { [$0] } ?? (field?["value"]?.text.map { [$0] } ?? []) + aliases
    let written = answers.filter { !$0.isBlank }
    let different = written.indices.filter { written.firstIndex(of: written[$0]) == $0 }.map { written[$0] }
    guard let first = different.first else {
      guard answers.isEmpty else { throw line.empty("answer") }
      throw line.wrong("answer", wanted: "a text, a list of texts, or an object with value and aliases")
    }
    return Exercise(
      id: line.id(name), group: name, question: try line.text("question"), solution: first,
      expectation: .answer(different, form: form))
  }
}

extension JSONLine {
  /// The line's own identifier, from the field that the public files have for it, or one built from the format and the
  /// line.
  fileprivate func id(_ format: String) -> String {
    name("id") ?? name("question_id") ?? "\(format)-\(number)"
  }
}
