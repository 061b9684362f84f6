internal import LinearAlgebra

/// A problem with a model that its user should know about and that is not an error, such as weights that are all zeros.
public struct BackendWarning: Sendable, Hashable, CustomStringConvertible {
  /// The location: a file, a model.
  public var subject: String
  /// The problem.
  public var problem: String
  /// The remedy.
  public var remedy: String

  /// Creates a warning that reads "subject: problem. remedy".
  public init(in subject: String, _ problem: String, remedy: String) {
    self.subject = subject
    self.problem = problem
    self.remedy = remedy
  }

  /// "subject: problem. remedy"
  public var description: String { "\(subject): \(problem.asSentence) \(remedy.asSentence)" }

  /// Warns that large matrices seem to hold nothing but zeros.
  ///
  /// Files that were not completely written have such matrices where the system had preallocated space; some models
  /// that were enlarged have matrices that were not trained yet.
  package init?(in subject: String, zeroMatrices names: [String]) {
    guard let first = names.first else { return nil }
    let others = names.count > 1 ? " and \(names.count - 1) more" : ""
    self.init(
      in: subject, "the weights \(first)\(others) are zeros wherever they were looked at",
      remedy: "Compare the file's checksum with the publisher's, or download or convert it again.")
  }
}
