import Ensembling
import Evaluation
import Foundation
import ModelBackends
import Testing

@Suite struct BenchmarkTests {
  private static let samples: [Benchmark] = [.mmlu, .arc, .gsm8k, .piqa, .triviaqa, .nq]

  private func sample(_ benchmark: Benchmark) throws -> String {
    try #require(Bundle.module.path(forResource: "Fixtures/\(benchmark.rawValue)", ofType: "jsonl"))
  }

  /// Creates a file with this text, which is removed afterwards.
  private func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).jsonl")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(text.utf8).write(to: file)
    return try body(file.path)
  }

  private func right(_ item: EvaluationItem) -> String {
    switch item.expectation {
    case .choice(let options, let right), .writtenChoice(let options, let right): options[right]
    case .answer(let answers, _): answers.joined(separator: "|")
    case .text(let text): text
    }
  }

  @Test(arguments: [
    (Benchmark.mmlu, ["C", "C", "B", "B", "A", "A", "D", "B", "C", "A"]),
    (.arc, ["B", "B", "A", "B", "B", "A", "B", "C", "A", "D"]),
    (.gsm8k, ["12", "240", "1500", "5", "-4", "4.5", "14", "5", "20", "5"]),
  ]) func answersAreThoseOfTheFile(benchmark: Benchmark, answers: [String]) throws {
    #expect(try benchmark.items(from: sample(benchmark)).map(right) == answers)
  }

  @Test func eitherSolutionMayBeRight() throws {
    let items = try Benchmark.piqa.items(from: sample(.piqa))
    #expect(right(items[2]) == "fill them with crumpled paper." && right(items[3]) == "turn it in a sharpener.")
  }

  @Test func allAliasesAreRight() throws {
    let trivia = try Benchmark.triviaqa.items(from: sample(.triviaqa))
    #expect(right(trivia[0]) == "The Nile|Nile|River Nile|nile|river nile" && trivia[0].id == "own_1")
    #expect(right(trivia[2]) == "green|Green" && right(trivia[6]) == "Italy|Italia")
    let questions = try Benchmark.nq.items(from: sample(.nq))
    #expect(right(questions[1]) == "eight|8" && right(questions[3]) == "Portuguese")
  }

  @Test(arguments: [Benchmark.triviaqa, .nq], [#""Oslo""#, #"["Oslo"]"#, #"{"value": "Oslo", "aliases": [""]}"#])
  func anAnswerMayBeWrittenInThreeWays(benchmark: Benchmark, answer: String) throws {
    let line = "{\"question\": \"q\", \"answer\": \(answer)}"
    #expect(right(try withFile(line) { try benchmark.items(from: $0) }[0]) == "Oslo")
  }

  @Test func theEmptyNormalFormOfASymbolIsNoAnswer() throws {
    let line =
      #"{"question": "q", "answer": {"value": "%", "aliases": ["%", "percent"], "normalized_aliases": ["", "percent"]}}"#
    let item = try withFile(line) { try Benchmark.triviaqa.items(from: $0) }[0]
    #expect(right(item) == "%|percent")
  }

  @Test(arguments: [
    (Benchmark.mmlu, #"{"question": "q", "choices": ["a", " "], "answer": 0}"#, "choices"),
    (.mmlu, #"{"question": "", "choices": ["a", "b"], "answer": 0}"#, "question"),
    (.arc, #"{"question": "q", "choices": {"text": ["", "b"], "label": ["A", "B"]}, "answerKey": "B"}"#, "choices"),
    (.arc, #"{"question": "\n", "choices": {"text": ["a", "b"], "label": ["A", "B"]}, "answerKey": "B"}"#, "question"),
    (.piqa, #"{"goal": "g", "sol1": "a", "sol2": "", "label": 0}"#, "sol2"),
    (.nq, #"{"question": "q", "answer": ["", " "]}"#, "answer"),
    (.triviaqa, #"{"question": "", "answer": ""}"#, "answer"),
    (.gsm8k, #"{"question": "", "answer": "so #### 4"}"#, "question"),
    (.questions, #"{"id": "1", "domain": "d", "question": "", "answer": ""}"#, "answer"),
  ]) func anEmptyFieldLeavesALineOutAndIsNamed(benchmark: Benchmark, line: String, field: String) throws {
    let good = try String(contentsOfFile: sampleOrQuestion(benchmark), encoding: .utf8).split(separator: "\n")[0]
    try withFile("\(line)\n\(good)\n") { path in
      var leftOut: [EvaluationError] = []
      let items = try benchmark.items(from: path) { leftOut.append($0) }
      #expect(items.count == 1)
      #expect(leftOut.map(\.problem) == ["\(path), line 1: the field \(field) is empty"])
    }
    // A file of such lines has no question.
    let error = #expect(throws: EvaluationError.self) { try withFile(line) { try benchmark.items(from: $0) } }
    #expect(error?.code == .incomplete)
  }

  private func sampleOrQuestion(_ benchmark: Benchmark) throws -> String {
    guard benchmark == .questions else { return try sample(benchmark) }
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).jsonl")
    try Data(#"{"id": "2", "domain": "d", "question": "q", "answer": "a"}"#.utf8).write(to: file)
    return file.path
  }

  @Test(arguments: [
    (#"half \ud83c here"#, "half \u{FFFD} here"), (#"\udf55"#, "\u{FFFD}"), (#"\ud83c\ud83c\udf55"#, "\u{FFFD}🍕"),
    (#"\\ud83c"#, #"\ud83c"#), (#"\ud83c\udf55 \u00e9"#, "🍕 é"), (#"\ud83cx"#, "\u{FFFD}x"),
  ]) func halfASurrogatePairIsAReplacementCharacter(written: String, read: String) throws {
    let line = "{\"question\": \"\(written)\", \"answer\": \"a\"}"
    #expect(try withFile(line) { try Benchmark.nq.items(from: $0) }[0].messages[0].content == read)
  }

  @Test func aFileInAnotherEncodingIsNamed() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).jsonl")
    defer { try? FileManager.default.removeItem(at: file) }
    try (Data(#"{"question": "caf"#.utf8) + [0xE9] + Data(#"", "answer": "a"}"#.utf8)).write(to: file)
    let error = #expect(throws: EvaluationError.self) { try Benchmark.nq.items(from: file.path) }
    #expect(error?.problem == "\(file.path), line 1 is not in UTF-8")
  }

  @Test func theFormOfAnAnswerCanBeChosen() throws {
    let forms = try AnswerForm.allCases.map { form in
      try Benchmark.triviaqa.items(from: sample(.triviaqa), answers: form)[0].expectation
    }
    let answers = ["The Nile", "Nile", "River Nile", "nile", "river nile"]
    #expect(forms == AnswerForm.allCases.map { .answer(answers, form: $0) })
    for (benchmark, form) in [(Benchmark.gsm8k, AnswerForm.number), (.triviaqa, .squad), (.nq, .squad)] {
      guard case .answer(_, let own) = try benchmark.items(from: sample(benchmark))[0].expectation else {
        Issue.record("\(benchmark) has no answers")
        continue
      }
      #expect(own == form)
    }
    let text = try Benchmark.mmlu.items(from: sample(.mmlu), choices: .text)[0]
    #expect(text.messages[0].content == "Which of these is the smallest prime number?")
    #expect(text.expectation == .choice(options: ["0", "1", "2", "3"], right: 2))
    let written = try Benchmark.piqa.items(from: sample(.piqa), choices: .written)[2]
    #expect(written.messages[0].content.contains("\nA. fill them with crumpled paper."))
    #expect(right(written) == "fill them with crumpled paper.")
    #expect(throws: EvaluationError.self) { try Benchmark.mmlu.items(from: sample(.mmlu), answers: .contains) }
    #expect(throws: EvaluationError.self) { try Benchmark.nq.items(from: sample(.nq), choices: .letter) }
  }

  @Test func answersMayBeAsLongAsTheirFormIs() {
    #expect(Benchmark.nq.generation().stop == ["\n"] && Benchmark.nq.generation().maximumTokens == 24)
    #expect(Benchmark.nq.generation(answers: .contains).stop == ["\n\n", "\nQuestion:"])
    // Options are weighted in several paragraphs before one is named.
    #expect(Benchmark.arc.generation(choices: .written).stop == ["\nQuestion:"])
    #expect(Benchmark.gsm8k.generation(answers: .contains).maximumTokens == 320)
  }

  @Test(arguments: samples) func everyLineIsAnItemOfItsOwn(benchmark: Benchmark) throws {
    let items = try benchmark.items(from: sample(benchmark))
    #expect(items.count == 10 && Set(items.map(\.id)).count == 10)
    #expect(items.allSatisfy { $0.messages.count == 1 && !$0.messages[0].content.isEmpty })
  }

  @Test(arguments: samples) func lineEndsMarksAndEmptyLinesDoNotMatter(benchmark: Benchmark) throws {
    let path = try sample(benchmark)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let items = try benchmark.items(from: path)
    let windows = "\u{FEFF}" + text.replacingOccurrences(of: "\n", with: "\r\n")
    #expect(try withFile(windows) { try benchmark.items(from: $0) } == items)
    let loose = text.replacingOccurrences(of: "\n", with: "\n\n")
    #expect(try withFile(loose) { try benchmark.items(from: $0) }.map(\.messages) == items.map(\.messages))
  }

  @Test func aLineSeparatorInsideATextEndsNoLine() throws {
    let line = "{\"question\": \"one\u{2028}two\u{85}\", \"answer\": [\"a\"]}"
    #expect(try withFile(line) { try Benchmark.nq.items(from: $0) }[0].messages[0].content == "one\u{2028}two\u{85}")
  }

  @Test func examplesAreTurnsOfTheSameSubject() throws {
    let path = try sample(.mmlu)
    let items = try Benchmark.mmlu.items(from: path, examples: path, shots: 2)
    let first = "Which planet has the shortest year?\nA. Earth\nB. Mars\nC. Venus\nD. Mercury"
    #expect(items[7].messages.map(\.role) == [.user, .assistant, .user, .assistant, .user])
    #expect(items[7].messages[0].content == first && items[7].messages[1].content == "D")
    #expect(items[7].messages[2].content.hasPrefix("Which of these is a star?"))
    for item in items { #expect(Set(item.messages.filter { $0.role == .user }).count == 3) }
    let more = try Benchmark.mmlu.items(from: path, examples: path, shots: 4)
    #expect(more[7].messages[0].content.hasPrefix("Which of these is the smallest prime"))
  }

  @Test func examplesAreWrittenOutInText() throws {
    let path = try sample(.gsm8k)
    let item = try Benchmark.gsm8k.items(from: path, examples: path, shots: 1, form: .text)[3]
    #expect(
      item.messages == [
        Message(
          role: .user,
          content: """
            Question: Ada has 3 boxes with 4 pens each. How many pens has she?
            Answer: There are 3 * 4 = 12 pens.
            The answer is 12.

            Question: Tom had 10 plums, ate 3 and gave 2 away. How many are left?
            Answer:
            """)
      ])
    let bare = try Benchmark.gsm8k.items(from: path, examples: path, shots: 9, form: .turns)[0]
    #expect(bare.messages[17].content == "The answer is 5.")
  }

  @Test(arguments: [
    (Benchmark.mmlu, #"{"choices": ["a", "b"], "answer": 0}"#, "question"),
    (.mmlu, #"{"question": "q", "choices": ["a", 2], "answer": 0}"#, "choices"),
    (.mmlu, #"{"question": "q", "choices": ["a", "b"], "answer": 2}"#, "answer"),
    (.mmlu, #"{"question": "q", "choices": ["a", "b"], "answer": "C"}"#, "answer"),
    (.mmlu, #"{"question": "q", "choices": ["a", "b"], "answer": true}"#, "answer"),
    (.mmlu, #"{"question": "q", "choices": ["a", "b"], "answer": 0.5}"#, "answer"),
    (.arc, #"{"question": {"choices": []}, "answerKey": "A"}"#, "question"),
    (.arc, #"{"question": "q", "choices": {"text": ["a", "b"], "label": ["A"]}, "answerKey": "A"}"#, "choices"),
    (.arc, #"{"question": "q", "choices": [{"text": "a", "label": "A"}, {"text": "b"}], "answerKey": "A"}"#, "choices"),
    (.arc, #"{"question": "q", "choices": {"text": ["a", "b"], "label": ["A", "B"]}, "answerKey": "1"}"#, "answerKey"),
    (.gsm8k, #"{"question": "q", "answer": "12"}"#, "answer"),
    (.gsm8k, #"{"question": "q", "answer": "so #### many"}"#, "answer"),
    (.piqa, #"{"goal": "g", "sol1": "a", "label": 0}"#, "sol2"),
    (.piqa, #"{"goal": "g", "sol1": "a", "sol2": "b", "label": -1}"#, "label"),
    (.triviaqa, #"{"question": "q", "answer": {}}"#, "answer"),
    (.nq, #"{"question": "q", "answer": []}"#, "answer"),
    (.nq, #"{"question": null, "answer": ["a"]}"#, "question"),
    (.questions, #"{"id": "1", "domain": "d", "question": "q", "answer": "a", "aliases": "b"}"#, "aliases"),
  ]) func aBadFieldIsNamed(benchmark: Benchmark, line: String, field: String) throws {
    try withFile("\n" + line + "\n") { path in
      let error = #expect(throws: EvaluationError.self) { try benchmark.items(from: path) }
      #expect(error?.code == .invalidLine)
      #expect(error?.problem.hasPrefix("\(path), line 2: the field \(field) ") == true, "\(error?.problem ?? "")")
    }
  }

  @Test(arguments: ["{", "[]", "7", "{} {}"]) func aLineThatIsNoObjectIsNamed(line: String) throws {
    let good = #"{"question": "q", "answer": ["a"]}"#
    try withFile("\(good)\r\n\(line)\r\n") { path in
      let error = #expect(throws: EvaluationError.self) { try Benchmark.nq.items(from: path) }
      #expect(error?.problem == "\(path), line 2 is not a JSON object")
    }
  }

  @Test func filesAndExamplesMustBeThere() throws {
    let path = try sample(.nq)
    #expect(throws: EvaluationError.self) { try Benchmark.nq.items(from: "/nowhere.jsonl") }
    #expect(throws: EvaluationError.self) { try withFile("\n\n") { try Benchmark.nq.items(from: $0) } }
    #expect(throws: EvaluationError.self) { try Benchmark.nq.items(from: path, shots: 1) }
    #expect(throws: EvaluationError.self) { try Benchmark.nq.items(from: path, examples: path, shots: 10) }
    let twice = #"{"id": "1", "question": "q", "answer": "a"}"#
    #expect(throws: EvaluationError.self) { try withFile("\(twice)\n\(twice)") { try Benchmark.nq.items(from: $0) } }
  }
}
