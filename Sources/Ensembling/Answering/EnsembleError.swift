public import LinearAlgebra
import ModelBackends

/// An error of an ensemble, with a message for users: the member, the problem, the remedy, and the answer so far.
public struct EnsembleError: ExplainedError {
  /// The kind of failure.
  public struct Code: RawRepresentable, Sendable, Hashable {
    /// The code's name.
    public var rawValue: String

    /// Creates a code from its name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// The members cannot form an ensemble.
    public static let invalidMembers = Code(rawValue: "invalidMembers")
    /// An option has a value that cannot be used.
    public static let invalidOptions = Code(rawValue: "invalidOptions")
    /// A configuration names an unknown rule or setting, or gives a value that cannot be used.
    public static let unknownRule = Code(rawValue: "unknownRule")
    /// A member threw an error.
    public static let memberFailed = Code(rawValue: "memberFailed")
    /// The fusion rule threw an error.
    public static let fusionFailed = Code(rawValue: "fusionFailed")
    /// Two tasks read one answer at the same time.
    public static let concurrentReaders = Code(rawValue: "concurrentReaders")
    /// A member answered with logits that cannot be used.
    public static let invalidLogits = Code(rawValue: "invalidLogits")
    /// A member did not answer within its deadline.
    public static let deadlineExceeded = Code(rawValue: "deadlineExceeded")
    /// A member does not support a requested operation.
    public static let unsupported = Code(rawValue: "unsupported")
  }

  /// The kind of failure.
  public var code: Code
  /// The member's name, where one caused the error.
  public var member: String?
  /// The problem.
  public var problem: String
  /// The remedy.
  public var remedy: String
  /// The answer up to the failure.
  public var textSoFar: String
  /// The error that the member threw.
  public var underlying: (any Error)?

  /// Creates an error.
  package init(
    _ code: Code, member: String? = nil, _ problem: String, remedy: String, textSoFar: String = "",
    underlying: (any Error)? = nil
  ) {
    self.code = code
    self.member = member
    self.problem = problem
    self.remedy = remedy
    self.textSoFar = textSoFar
    self.underlying = underlying
  }

  /// Creates an error from one that a member threw, with the member's own message where it has one.
  init(_ error: any Error, of member: Member, during activity: String) {
    if let error = error as? BackendError {
      let prefix = error.subject == member.name || error.subject == member.backend.name ? "" : "\(error.subject): "
      self.init(
        .memberFailed, member: member.name, prefix + error.problem, remedy: error.remedy, underlying: error)
    } else {
      self.init(
        .memberFailed, member: member.name, "\(activity): \(error)",
        remedy: "Mend the cause, or leave the member out.", underlying: error)
    }
  }
}

extension EnsembleError {
  /// The member, where one caused the error.
  public var origin: String { member ?? "" }

  /// "member: problem. remedy"
  public var description: String { explanation }
}
