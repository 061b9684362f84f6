import ModelBackends

/// Questions with short answers, one JSON object per line: `id`, `domain`, `question`, `answer`, and optional
/// `aliases`.
public struct QuestionFile: Sendable {
  /// The questions, in order.
  public var items: [EvaluationItem]
  /// The reasons why lines were left out: one of their fields is empty.
  public var leftOut: [EvaluationError]

  /// Reads a file.
  ///
  /// - Throws: ``EvaluationError`` that names the line and the field which cannot be read, or an identifier that comes
  ///   twice.
  public init(_ path: String) throws {
    var leftOut: [EvaluationError] = []
    items = try Benchmark.questions.items(from: path) { leftOut.append($0) }
    self.leftOut = leftOut
  }
}
