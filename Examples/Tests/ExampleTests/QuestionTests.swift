import DeePEn
import ExampleSupport
import Foundation
import Testing

@Suite struct QuestionTests {
  private let question = Question(
    id: "1", domain: "capitals", question: "What is the capital of the Netherlands?", answer: "Amsterdam",
    aliases: ["The Hague"])

  @Test(arguments: ["Amsterdam", " amsterdam.", "the  hague"])
  func caseSpaceAndFullStopDoNotMatter(text: String) {
    #expect(question.isAnswered(by: text))
  }

  @Test(arguments: ["", "Amsterdam is", "Rotterdam"]) func otherWordsAreWrong(text: String) {
    #expect(!question.isAnswered(by: text))
  }

  @Test func scoresAreCountedByDomain() {
    var score = Score()
    #expect(score.accuracy == 0)
    score.count(question, isRight: true)
    score.count(question, isRight: false)
    #expect(score.accuracy == 0.5)
    #expect(score.accuracy(in: "capitals") == 0.5)
    #expect(score.accuracy(in: "elements") == nil)
  }

  @Test func aBrokenLineIsNamed() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).jsonl")
    defer { try? FileManager.default.removeItem(at: file) }
    let good = #"{"id":"1","domain":"d","question":"q","answer":"a"}"#
    try (good + "\n{}\n").write(to: file, atomically: true, encoding: .utf8)
    let error = #expect(throws: BackendError.self) { try Question.load(file.path) }
    #expect(error?.subject.hasSuffix("line 2") == true)
    let missing = #expect(throws: BackendError.self) { try Question.load("/nowhere.jsonl") }
    #expect(missing?.code == .missingFile)
  }

  /// Development and test questions are different questions, and none is asked twice.
  @Test func theBundledQuestionsAreApart() throws {
    let development = try Question.load(Bundled.developmentQuestions).map(\.question)
    let test = try Question.load(Bundled.testQuestions).map(\.question)
    #expect(Set(development).count == development.count)
    #expect(Set(test).count == test.count)
    #expect(Set(development).isDisjoint(with: test))
  }
}
