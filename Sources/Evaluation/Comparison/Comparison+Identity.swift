internal import Ensembling
internal import ModelBackends
internal import RelativeSpace

extension Comparison {
  /// The run's identity, by name, for ``ResultsFile``: results are mixed only where all of it is equal.
  ///
  /// A member is identified by its content (`ModelBackend.content`) and not by its path: replacing a file starts
  /// another run, moving it does not. Digests of large files are cached in the user's cache folder.
  ///
  /// - Throws: An error where a member's file cannot be read; `CancellationError`.
  /// - Complexity: Files are read once as long as they do not change.
  public func identity() throws -> [String: String] {
    try identity(cachedIn: AlignmentCache.standard.folder)
  }

  func identity(cachedIn folder: String) throws -> [String: String] {
    var identity = [
      "members": members.map(\.name).joined(separator: ", "),
      "longest answer": "\(evaluator.generation.maximumTokens)",
      "answers end at": evaluator.generation.stop.map { $0.debugDescription }.joined(separator: ", "),
      "sampling": "\(evaluator.generation.sampling)", "options": evaluator.choiceRule.rawValue,
      "expected answers": evaluator.scoresExpectedAnswers ? "up to \(evaluator.expectedAnswerLimit)" : "not scored",
      "separator": evaluator.separator.debugDescription,
      // Settings and weights were chosen on the development questions: other ones start another run of the test too.
      "development questions": "\(development.count), \(development.fingerprint)",
      "test questions": "\(test.count), \(test.fingerprint)",
    ]
    for member in members {
      identity["model \(member.name)"] = try Self.content(of: member, cachedIn: folder)
      identity["healing of \(member.name)"] = "\(member.healing.boundaries)"
    }
    return identity
  }

  /// A digest of a member's content in 32 digits; of its tokens where the backend does not declare its content.
  private static func content(of member: Member, cachedIn folder: String) throws -> String {
    let backend = member.backend
    guard let content = backend.content else {
      let tokens = backend.vocabulary.indices.map { String(decoding: backend.vocabulary.bytes(of: $0), as: UTF8.self) }
      return "unknown content, \(tokens.count) tokens \(FileDigest.digits(of: tokens))"
    }
    let files = try content.files.map { try FileDigest.content(of: $0, cachedIn: folder) }
    return FileDigest.digits(of: files + content.details)
  }
}
