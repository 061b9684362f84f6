extension AnswerForm {
  /// Whether a generated text is one of the expected answers.
  public func matches(_ text: String, _ expected: [String]) -> Bool {
    guard let given = normalised(text) else { return false }
    return expected.contains { normalised($0) == given }
  }

  /// What is compared; `nil` where the text has no answer of this form.
  ///
  /// - `line`: the first line, in lower case, with single spaces, without a final full stop.
  /// - `squad`: the first line, in lower case, without punctuation and the articles a, an and the.
  /// - `number`: the last number, without thousands separators, leading zeros and zeros at the end of a fraction.
  public func normalised(_ text: String) -> String? {
    switch self {
    case .line:
      let words = Self.firstLine(text).lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
      return words.hasSuffix(".") ? String(words.dropLast()) : words
    case .squad:
      let plain = Self.firstLine(text).lowercased().filter { !$0.isPunctuation && !$0.isSymbol }
      let words = plain.split(whereSeparator: \.isWhitespace).filter { !["a", "an", "the"].contains($0) }
      return words.joined(separator: " ")
    case .number: return Self.lastNumber(text)
    }
  }

  private static func firstLine(_ text: String) -> Substring {
    text.drop { $0.isNewline }.prefix { !$0.isNewline }
  }

  private static func lastNumber(_ text: String) -> String? {
    let isPart: (Character) -> Bool = { $0.isASCII && $0.isNumber || $0 == "." || $0 == "," }
    var rest = text[...]
    while let end = rest.lastIndex(where: { $0.isASCII && $0.isNumber }) {
      let run = rest[...end].reversed().prefix(while: isPart).reversed()
      let before = rest[...end].dropLast(run.count)
      let digits = String(run).filter { $0 != "," }
      let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count <= 2, let whole = parts.first else {
        rest = rest[..<end]
        continue
      }
      let isNegative = before.last == "-" && !(before.dropLast().last?.isNumber ?? false)
      var fraction = parts.count == 2 ? parts[1] : ""
      while fraction.last == "0" { fraction.removeLast() }
      let significant = whole.drop { $0 == "0" }
      let value = (significant.isEmpty ? "0" : significant) + (fraction.isEmpty ? "" : "." + fraction)
      return (isNegative && value != "0" ? "-" : "") + value
    }
    return nil
  }
}
