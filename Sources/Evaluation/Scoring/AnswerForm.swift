/// The form in which a generated answer is read before it is compared.
public enum AnswerForm: String, Sendable, Hashable, CaseIterable, Codable {
  /// The whole text; white space at its ends does not count.
  case exact
  /// The first line; case, space and a final full stop do not count.
  case line
  /// As in SQuAD, TriviaQA and NQ: the first line in lower case, no articles, no punctuation, single spaces.
  case squad
  /// The expected words anywhere in the text, both read as ``squad`` reads them: for models that answer in sentences.
  case contains
  /// The last number in it, without thousands separators (GSM8K).
  case number
}

/// The way in which one of several options becomes an answer.
public enum ChoiceForm: String, Sendable, Hashable, CaseIterable, Codable {
  /// The options are shown with letters; the likeliest letter counts.
  case letter
  /// The options are not shown; the likeliest of their texts counts.
  case text
  /// The options are shown with letters; an answer is generated, and the option that it names counts.
  case written
}
