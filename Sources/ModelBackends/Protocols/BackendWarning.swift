internal import LinearAlgebra

/// Something about a model that its user should know and that is no error, such as weights that are all zeros.
public struct BackendWarning: Sendable, Hashable, CustomStringConvertible {
  /// Where: a file, a model.
  public var subject: String
  /// What was noticed there.
  public var problem: String
  /// What to do about it.
  public var remedy: String

  /// Makes a warning that reads "subject: problem. remedy".
  public init(in subject: String, _ problem: String, remedy: String) {
    self.subject = subject
    self.problem = problem
    self.remedy = remedy
  }

  /// "subject: problem. remedy"
  public var description: String { "\(subject): \(problem.asSentence) \(remedy.asSentence)" }

  /// Large matrices seem to hold nothing but zeros.
  ///
  /// Files that were not written to the end have such where the system had made room before; some models that were made
  /// larger have some that were not trained yet.
  package init?(in subject: String, zeroMatrices names: [String]) {
    guard let first = names.first else { return nil }
    let others = names.count > 1 ? " and \(names.count - 1) more" : ""
    self.init(
      in: subject, "the weights \(first)\(others) are zeros wherever they were looked at",
      remedy: "Compare the file's checksum with the publisher's, or download or convert it again.")
  }
}
