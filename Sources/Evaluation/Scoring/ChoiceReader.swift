/// Finds the lettered option that a written answer names.
///
/// In order: the last letter after "answer"; a letter at the beginning of the text; a letter in brackets or bold, where
/// all such letters name the same option; the only option whose words the text contains. A and I do not count where
/// they may be words of a sentence.
struct ChoiceReader {
  private let text: [Character]
  private let options: [String]

  private init(_ text: String, _ options: [String]) {
    self.text = Array(text.trimmingSpace)
    self.options = options
  }

  /// The index of the option that a text names; `nil` where it names none, or several.
  static func choice(in text: String, among options: [String]) -> Int? {
    let reader = ChoiceReader(text, options)
    return reader.afterAnswer() ?? reader.atBeginning() ?? reader.marked() ?? byWords(in: text, among: options)
  }

  /// Words that may stand between "answer" and the letter.
  private static let links: Set<String> = [
    "is", "would", "should", "be", "must", "the", "correct", "right", "best", "option", "choice", "letter", "boxed",
    "text",
  ]

  /// The last letter that follows "answer", "option" or "choice".
  private func afterAnswer() -> Int? {
    var (found, word) = (Int?.none, "")
    var (isOpen, isAnswer) = (false, false)
    for index in text.indices {
      if text[index].isLetter || text[index].isNumber {
        word.append(text[index])
        let isLast = index + 1 == text.count || !(text[index + 1].isLetter || text[index + 1].isNumber)
        guard isLast else { continue }
        if isOpen, word.count == 1, let letter = letter(at: index) {
          (found, isOpen) = (letter, false)
        } else if ["answer", "option", "choice"].contains(word.lowercased()) {
          isOpen = true
          isAnswer = word.lowercased() == "answer"
        } else if !Self.links.contains(word.lowercased()) {
          isOpen = false
        }
      } else {
        word = ""
        // A sentence ends between "answer" and the next word.
        if text[index] == "." || text[index] == "?" || text[index] == "!" { isOpen = false }
        // Where "each option:" is followed by lines of their own, those lines list all options.
        if text[index].isNewline, !isAnswer { isOpen = false }
      }
    }
    return found
  }

  /// A letter at the beginning of the text, or the letter that is the whole text.
  private func atBeginning() -> Int? {
    guard let first = text.firstIndex(where: { $0.isLetter || $0.isNumber }) else { return nil }
    let isAlone = !text.dropFirst(first + 1).contains { $0.isLetter || $0.isNumber }
    return letter(at: first) ?? (isAlone ? index(of: text[first]) : nil)
  }

  /// The letter in brackets or bold.
  private func marked() -> Int? {
    let found = text.indices.filter { index in
      index > 0 && index + 1 < text.count && ["(", "[", "*", "{"].contains(text[index - 1])
        && [")", "]", "*", "}"].contains(text[index + 1])
    }
    let letters = Set(found.compactMap { letter(at: $0) })
    return letters.count == 1 ? letters.first : nil
  }

  /// The index of a letter's option, where the letter stands alone and is no word of a sentence.
  private func letter(at index: Int) -> Int? {
    let before = index == 0 ? nil : text[index - 1]
    let after = index + 1 == text.count ? nil : text[index + 1]
    if let before, before.isLetter || before.isNumber || before == "'" || before == "’" { return nil }
    if let after, after.isLetter || after.isNumber || after == "'" || after == "’" { return nil }
    let isBracketed = before == "(" && after == ")" || before == "[" && after == "]" || before == "{" && after == "}"
    guard text[index].isUppercase || isBracketed else { return nil }
    // "A planet", "I think": a word follows.
    if ["A", "I"].contains(text[index]), after?.isWhitespace ?? false, after?.isNewline == false { return nil }
    return self.index(of: text[index])
  }

  private func index(of letter: Character) -> Int? { Exercise.index(ofLetter: String(letter), among: options.count) }

  /// The only option whose words a text contains. One that is a part of another option in the text does not count.
  private static func byWords(in text: String, among options: [String]) -> Int? {
    let there = options.indices.filter { AnswerForm.contains.matches(text, [options[$0]]) }
    let whole = there.filter { index in
      !there.contains { other in
        other != index && options[other].count > options[index].count
          && AnswerForm.contains.matches(options[other], [options[index]])
      }
    }
    return whole.count == 1 ? whole.first : nil
  }
}
