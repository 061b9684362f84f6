import DeePEn
package import Evaluation

/// A hint for a comparison in which hardly any row is right: mostly the answers are then read in another form than they
/// are written in.
package struct AnswerHint: Sendable, Hashable, Codable {
  /// The form in which answers were read.
  package var form: AnswerForm
  /// The share of right answers of the best row, from 0 to 1.
  package var best: Double
  /// The form in which the same answers would most often be right, with the row for which they would; `nil` where none
  /// is better.
  package var alternative: Alternative?
  /// A question whose answer counts as wrong, with the expected and the given answer.
  package var example: Example

  /// Answers read in another form.
  package struct Alternative: Sendable, Hashable, Codable {
    /// The form.
    package var form: AnswerForm
    /// The row with the most right answers.
    package var contestant: String
    /// Their share, from 0 to 1.
    package var score: Double
  }

  /// An answer that counts as wrong.
  package struct Example: Sendable, Hashable, Codable {
    /// The question.
    package var question: String
    /// The expected answer.
    package var expected: String
    /// The name of the contestant.
    package var contestant: String
    /// The answer.
    package var written: String
  }

  /// The share of right answers below which, for every row, answers are likely read in the wrong form.
  package static let threshold = 0.05

  /// Looks for a hint in a comparison's answers.
  ///
  /// - Parameters:
  ///   - results: The results of all rows.
  ///   - items: The items that were asked.
  /// - Returns: `nil` where a row is right in a twentieth of its answers or more, or where there is no answer.
  package init?(_ results: [ItemResult], on items: [EvaluationItem]) {
    let known = Dictionary(items.map { ($0.id, $0) }) { first, _ in first }
    var rows: [String: [(text: String, expected: [String], form: AnswerForm, item: EvaluationItem)]] = [:]
    for result in results {
      guard let item = known[result.item], case .answer(let expected, let form) = item.expectation,
        let text = result.output
      else { continue }
      rows[result.contestant, default: []].append((text, expected, form, item))
    }
    let names = rows.keys.sorted()
    func best(_ form: AnswerForm?) -> (contestant: String, score: Double)? {
      names.map { name -> (String, Double) in
        let answers = rows[name] ?? []
        let right = answers.count { (form ?? $0.form).matches($0.text, $0.expected) }
        return (name, Double(right) / Double(max(answers.count, 1)))
      }.max { $0.1 < $1.1 }
    }
    guard let now = best(nil), now.score < Self.threshold, let first = names.first, let answer = rows[first]?.first
    else { return nil }
    form = answer.form
    self.best = now.score
    let others = AnswerForm.allCases.filter { $0 != answer.form }.compactMap { form in
      best(form).map { Alternative(form: form, contestant: $0.contestant, score: $0.score) }
    }
    if let other = others.max(by: { $0.score < $1.score }), other.score > max(2 * now.score, Self.threshold) {
      alternative = other
    }
    // An answer that the other form counts as right is the clearest example.
    let telling = alternative.flatMap { other in
      rows[other.contestant]?.first { other.form.matches($0.text, $0.expected) }.map { (other.contestant, $0) }
    }
    let (contestant, shown) = telling ?? (first, answer)
    example = Example(
      question: shown.item.messages.last?.content ?? "", expected: shown.expected.first ?? "",
      contestant: contestant, written: shown.text)
  }

  /// The hint in sentences.
  package var text: String {
    func percent(_ share: Double) -> String { ComparisonTable.decimal(100 * share, places: 1) + " %" }
    func quoted(_ text: String) -> String {
      let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
      return "“\(line.count > 120 ? "…" + line.suffix(119) : line)”"
    }
    let state = "No row is right in more than \(percent(best)) of its answers, read in the form \(form.rawValue)."
    let advice =
      alternative.map {
        " Read in the form \($0.form.rawValue), the same answers of \($0.contestant) are right in "
          + "\(percent($0.score)): choose that form if it fits your questions."
      } ?? " No other form makes it better: look at what is written, and at the members' templates."
    return state + advice
      + " To \(quoted(example.question)) \(example.contestant) wrote \(quoted(example.written)); expected is "
      + "\(quoted(example.expected))."
  }
}
