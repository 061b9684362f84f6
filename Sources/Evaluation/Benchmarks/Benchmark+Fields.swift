extension Benchmark {
  /// Reads a line's fields as the format has them.
  func exercise(_ line: JSONLine) throws -> Exercise {
    switch self {
    case .questions: try Self.question(line)
    case .mmlu: try Self.mmlu(line)
    case .arc: try Self.arc(line)
    case .gsm8k: try Self.gsm8k(line)
    case .piqa: try Self.piqa(line)
    case .triviaqa: try Self.triviaqa(line)
    case .nq: try Self.nq(line)
    }
  }

  private static func question(_ line: JSONLine) throws -> Exercise {
    let answer = try line.text("answer")
    var aliases: [String] = []
    if let field = line.value["aliases"] {
      guard let texts = field.texts else { throw line.wrong("aliases", wanted: "a list of texts") }
      aliases = texts
    }
    return Exercise(
      id: try line.text("id"), group: try line.text("domain"), question: try line.text("question"), solution: answer,
      expectation: .answer([answer] + aliases, form: .line))
  }

  private static func mmlu(_ line: JSONLine) throws -> Exercise {
    guard let choices = line.value["choices"]?.texts, (2...Exercise.letterCount).contains(choices.count) else {
      throw line.wrong("choices", wanted: "a list of 2 to \(Exercise.letterCount) texts")
    }
    let field = line.value["answer"]
    let letter = field?.text.flatMap { Exercise.place(ofLetter: $0, among: choices.count) }
    guard let right = letter ?? field?.integer, choices.indices.contains(right) else {
      throw line.wrong("answer", wanted: "the place of the right choice, from 0, or its letter")
    }
    return .lettered(
      id: line.id("mmlu"), group: line.name("subject") ?? "mmlu", question: try line.text("question"),
      options: choices, right: right)
  }

  /// The published files have the question and its choices as one object; copies of them have two fields.
  private static func arc(_ line: JSONLine) throws -> Exercise {
    guard let question = line.value["question"]?["stem"]?.text ?? line.value["question"]?.text else {
      throw line.wrong("question", wanted: "a text, or an object with a stem")
    }
    let field = line.value["question"]?["choices"] ?? line.value["choices"]
    let texts = field?["text"]?.texts ?? field?.list?.compactMap { $0["text"]?.text }
    let labels = field?["label"]?.texts ?? field?.list?.compactMap { $0["label"]?.text }
    guard let texts, let labels, texts.count == labels.count, (2...Exercise.letterCount).contains(texts.count),
      field?.list.map({ $0.count == texts.count }) ?? true
    else { throw line.wrong("choices", wanted: "two or more choices, each with a text and a label") }
    guard let right = line.name("answerKey").flatMap({ labels.firstIndex(of: $0) }) else {
      throw line.wrong("answerKey", wanted: "the label of the right choice")
    }
    return .lettered(id: line.id("arc"), group: "arc", question: question, options: texts, right: right)
  }

  private static func gsm8k(_ line: JSONLine) throws -> Exercise {
    let parts = try line.text("answer").split(separator: "####", omittingEmptySubsequences: false)
    guard parts.count == 2, let number = AnswerForm.number.normalised(String(parts[1])) else {
      throw line.wrong("answer", wanted: "a calculation that ends in #### and a number")
    }
    let calculation = String(withoutAnnotations(parts[0]).reversed().drop(while: \.isWhitespace).reversed())
    let result = "The answer is \(number)."
    return Exercise(
      id: line.id("gsm8k"), group: "gsm8k", question: try line.text("question"),
      solution: calculation.isEmpty ? result : "\(calculation)\n\(result)",
      expectation: .answer([number], form: .number))
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

  private static func piqa(_ line: JSONLine) throws -> Exercise {
    let options = [try line.text("sol1"), try line.text("sol2")]
    guard let right = line.value["label"]?.integer, options.indices.contains(right) else {
      throw line.wrong("label", wanted: "0 for sol1 or 1 for sol2")
    }
    return Exercise(
      id: line.id("piqa"), group: "piqa", question: try line.text("goal"), solution: options[right],
      expectation: .choice(options: options, right: right))
  }

  private static func triviaqa(_ line: JSONLine) throws -> Exercise {
    let field = line.value["answer"]
    let aliases = ["aliases", "normalized_aliases"].flatMap { field?[$0]?.texts ?? [] }
    let answers = field?.texts ?? (field?["value"]?.text.map { [$0] } ?? []) + aliases
    return try shortAnswer(line, "triviaqa", answers, wanted: "an object with value and aliases, or a list of texts")
  }

  private static func nq(_ line: JSONLine) throws -> Exercise {
    let field = line.value["answer"]
    let answers = field?.texts ?? field?.text.map { [$0] } ?? []
    return try shortAnswer(line, "nq", answers, wanted: "a text or a list of texts")
  }

  private static func shortAnswer(
    _ line: JSONLine, _ name: String, _ answers: [String], wanted: String
  ) throws -> Exercise {
    let different = answers.indices.filter { answers.firstIndex(of: answers[$0]) == $0 }.map { answers[$0] }
    guard let first = different.first else { throw line.wrong("answer", wanted: wanted) }
    return Exercise(
      id: line.id(name), group: name, question: try line.text("question"), solution: first,
      expectation: .answer(different, form: .squad))
  }
}

extension JSONLine {
  /// The line's own name, in the field that the public files have for it, or one of the format and the line.
  fileprivate func id(_ format: String) -> String {
    name("id") ?? name("question_id") ?? "\(format)-\(number)"
  }
}
