import DeePEn
import Evaluation
import ExampleSupport
import Foundation
import Testing

@Suite struct QuestionTests {
  @Test func aBrokenLineIsNamed() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).jsonl")
    defer { try? FileManager.default.removeItem(at: file) }
    let good = #"{"id":"1","domain":"d","question":"q","answer":"a"}"#
    try (good + "\n{}\n").write(to: file, atomically: true, encoding: .utf8)
    let error = #expect(throws: EvaluationError.self) { try QuestionFile(file.path) }
    #expect(error?.problem.contains("line 2") == true)
    #expect(throws: EvaluationError.self) { try QuestionFile("/nowhere.jsonl") }
  }

  /// Development and test questions are different questions, and none is asked twice.
  @Test func theBundledQuestionsAreApart() throws {
    let development = try QuestionFile(Bundled.developmentQuestions).items.map { $0.messages[0].content }
    let test = try QuestionFile(Bundled.testQuestions).items.map { $0.messages[0].content }
    #expect(Set(development).count == development.count)
    #expect(Set(test).count == test.count)
    #expect(Set(development).isDisjoint(with: test))
  }
}
