import Foundation
import Testing

@testable import Evaluation

@Suite struct AnswerFormTests {
  @Test(arguments: [" Amsterdam.", "amsterdam", "AMSTERDAM\nNext", "\n Amsterdam ", " \r\nAmsterdam\r\n"])
  func linesForgiveCaseSpaceAndFullStop(text: String) {
    #expect(AnswerForm.line.matches(text, ["The Hague", "Amsterdam"]))
  }

  @Test(arguments: ["", "Amsterdam is", "Rotterdam", "Amster dam"]) func otherWordsAreWrong(text: String) {
    #expect(!AnswerForm.line.matches(text, ["Amsterdam"]))
  }

  @Test(arguments: AnswerForm.allCases) func anEmptyTextIsNeverRight(form: AnswerForm) {
    for expected in ["", " ", ".", "&", "The", "The The", "0", "🇫🇷"] {
      for text in ["", " ", "\n\n"] { #expect(!form.matches(text, [expected])) }
    }
  }

  @Test func exactIsExactButForSpaceAround() {
    #expect(AnswerForm.exact.matches("\n Den Haag ", ["Den Haag"]))
    for text in ["den Haag", "Den Haag.", "Den  Haag", "Den Haag\nis"] {
      #expect(!AnswerForm.exact.matches(text, ["Den Haag"]), "\(text)")
    }
  }

  @Test func articlesAndPunctuationDoNotCountInSquad() {
    #expect(AnswerForm.squad.normalised("The \"Eiffel\" Tower, an icon!\nmore") == "eiffel tower icon")
    #expect(AnswerForm.squad.matches("an apple", ["Apple."]))
    #expect(!AnswerForm.squad.matches("theory", ["ory"]))
    #expect(AnswerForm.squad.matches("\n\nLisbon\nQuestion: and now", ["Lisbon"]))
    #expect(AnswerForm.squad.matches("Coca Cola", ["Coca-Cola"]))
    #expect(AnswerForm.squad.matches("‘Emma’", ["Emma"]) && AnswerForm.squad.matches("cafe\u{301}", ["Café"]))
  }

  @Test(arguments: [
    ("🇫🇷", "🇩🇪"), ("+", "-"), ("&", "and"), ("☂", "☀"), ("25°C", "25 C"), ("€20", "20"), ("The The", "The"),
    ("R&B", "r b"),
  ]) func symbolsAreNotOneAnother(text: String, expected: String) {
    #expect(!AnswerForm.squad.matches(text, [expected]))
    #expect(AnswerForm.squad.matches(text, [text]) && AnswerForm.contains.matches(text, [text]))
    guard !text.contains(where: { $0.isLetter || $0.isNumber }) else { return }
    #expect(!AnswerForm.contains.matches(text, [expected]))
  }

  @Test(arguments: [
    ("The capital of Lithuania is Vilnius.", "Vilnius", true),
    ("It is Paris,\n\nthe city of light.", "the City of Light", true),
    ("I like Coca Cola", "coca-cola", true), ("That is the sign &.", "&", true), ("答えは東京です。", "東京", true),
    ("Vilniusian", "Vilnius", false), ("He is 24 years old", "4", false), ("AT&T", "&", false),
    ("The capital is Kaunas.", "Vilnius", false),
  ]) func wordsMayStandAnywhere(text: String, expected: String, isRight: Bool) {
    #expect(AnswerForm.contains.matches(text, [expected]) == isRight)
    #expect(!AnswerForm.squad.matches(text, [expected]))
  }

  @Test(arguments: [
    ("So 3 + 4 = 7.", "7"), ("#### 1,234", "1234"), ("$18.50 in all", "18.5"), ("it is -4", "-4"), ("7-4 = 3.00", "3"),
    ("007", "7"), ("0", "0"), ("10-4", "4"), ("Sum:...42", "42"), ("a loss of -$5", "-5"), ("\u{2212}12 °C", "-12"),
    ("$-5", "-5"), ("f(x)-5", "5"), ("-0", "0"), ("covid-19", "19"), ("12 000 people", "12000"),
    ("1\u{202F}234\u{202F}567", "1234567"), ("1,234,567.80", "1234567.8"), ("3, 4,5", "5"), ("year 2019,300", "300"),
    ("in 1999 250 of them", "250"), ("half is .5", "0.5"), ("Rs.500", "500"), ("42.Then stop", "42"), ("x=18,", "18"),
    ("10/4", "5/2"), ("6/3", "2"), ("7 apples in version 3.14.15", "7"), ("9 on 1/2/2020", "9"), ("5kg", "5"),
    ("1/0", "0"), ("99999999999999999999999", "99999999999999999999999"),
  ]) func theLastNumberCounts(text: String, number: String) {
    #expect(AnswerForm.number.normalised(text) == number)
  }

  @Test(arguments: ["none at all", "", "3.14.15", "1e3", "2E+10", "12/24/2020", "..."])
  func noNumberIsNoAnswer(text: String) {
    #expect(AnswerForm.number.normalised(text) == nil)
    #expect(!AnswerForm.number.matches(text, [text]))
  }

  @Test(arguments: [
    ("The correct answer is B.", 1), ("Answer: (c)", 2), ("B", 1), ("b.", 1), ("**D**", 3), ("B) Jupiter", 1),
    ("A\nBecause it is red.", 0), ("Is it A? No: the answer is \\boxed{C}.", 2), ("I think (B) fits.", 1),
    ("It must be Saturn.", 2), ("The answer is option A: Mars", 0), ("The answer is a planet: Venus", 3),
    ("The answer: B. Not answer C. The answer is A.", 0), ("Answer:\nD", 3),
    ("Let us look at each option:\n\nA. Mars is red.\nB. Jupiter is large.\n\nSo the answer is option B.", 1),
  ]) func theOptionThatIsNamedCounts(text: String, index: Int) {
    #expect(ChoiceReader.choice(in: text, among: ["Mars", "Jupiter", "Saturn", "Venus"]) == index)
  }

  @Test(arguments: [
    "", "A planet", "Mars or Venus", "A or B", "E", "I do not know", "Pluto",
    "Let us look at each option:\n\nA. Mars is red.\nB. Jupiter is large.",
  ])
  func noOptionOrSeveralAreNoAnswer(text: String) {
    #expect(ChoiceReader.choice(in: text, among: ["Mars", "Jupiter", "Saturn", "Venus"]) == nil)
  }

  @Test func anOptionInsideAnotherDoesNotCount() {
    #expect(ChoiceReader.choice(in: "It is New York City.", among: ["York", "New York City", "Leeds"]) == 1)
  }

  private static let agreed = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../shared/cases/answers.json").standardizedFileURL

  /// Reference values from outside this repository.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: agreed.path), "there is no ../shared/cases/answers.json"))
  func theAgreedAnswersAreRight() throws {
    struct Row: Decodable {
      var (form, text, expected, isRight) = ("", "", [String](), false)

      init(from decoder: any Decoder) throws {
        var values = try decoder.unkeyedContainer()
        form = try values.decode(String.self)
        text = try values.decode(String.self)
        expected = try values.decode([String].self)
        isRight = try values.decode(Bool.self)
      }
    }
    let rows = try JSONDecoder().decode([Row].self, from: Data(contentsOf: Self.agreed))
    #expect(rows.count > 20)
    for row in rows {
      let form = try #require(AnswerForm(rawValue: row.form))
      #expect(form.matches(row.text, row.expected) == row.isRight, "\(row.form) \(row.text) \(row.expected)")
    }
  }
}
