public import Fusion
public import ModelBackends

/// Language models with different vocabularies that answer as one.
///
/// ```swift
/// import Foundation
///
/// let ensemble = try await Ensemble(main: atlas, assistants: [scholar])  // two values of Member
/// for try await token in ensemble.streamResponse(to: "What is the capital of France?") {
///   print(token.text, terminator: "")
///   fflush(nil)  // A terminal would be shown whole lines only.
/// }
/// ```
///
/// Answers may be generated concurrently: models are shared, sessions are not.
///
/// ## Sessions
///
/// A call takes, for each member, the idle session whose text shares the longest prefix with its own, so that a
/// continued conversation reuses its cache, and starts a session where none is idle. For turns that are guaranteed to
/// find their cache, use a ``Conversation``.
///
/// A session's memory is its cache: 2 · layers · key and value heads · head dimension · 2 bytes for each token, in
/// 16-bit numbers. A GGUF session reserves it for the whole context when it starts; an ONNX session grows with the
/// text. The guide to models has figures of real models.
public struct Ensemble: Sendable {
  /// The members; the main model first.
  public let members: [Member]
  /// The rule that combines the members' next-token distributions.
  public let fusion: any TokenFusion
  /// The members' weights, the main model's first: not negative, with the sum 1.
  public let weights: [Float]
  /// The times at which the members compute.
  public let schedule: MemberSchedule

  let sessions: SessionPool

  /// Creates an ensemble with a custom fusion rule.
  ///
  /// - Parameters:
  ///   - members: The members; the main model, in whose tokens the answer is written, first.
  ///   - weights: The members' weights; the main model's first.
  ///   - fusion: The rule that combines the members' next-token distributions.
  ///   - idleSessions: The number of sessions of each member that are kept for later calls, each with its cache.
  ///   - schedule: The times at which the members compute.
  /// - Throws: ``EnsembleError`` with the code `invalidMembers` where there are none, two have the same name, the main
  ///   model is optional, or a deadline is not positive; with `invalidOptions` where the number of sessions is
  ///   negative; `FusionError` for weights that cannot be used.
  public init(
    members: [Member], weights: MemberWeights = .average, fusion: any TokenFusion, idleSessions: Int = 2,
    schedule: MemberSchedule = .sideBySide
  ) throws {
    try Self.validate(members)
    guard idleSessions >= 0 else {
      throw EnsembleError(.invalidOptions, "\(idleSessions) sessions cannot be kept", remedy: "Keep 0 or more.")
    }
    self.weights = try weights.weights(memberCount: members.count)
    self.members = members
    self.fusion = fusion
    self.schedule = schedule
    sessions = SessionPool(memberCount: members.count, limit: idleSessions)
  }

  /// Creates an ensemble.
  ///
  /// - Parameters:
  ///   - main: The model in whose tokens the answer is written.
  ///   - assistants: The models that assist it. With none, the main model answers alone.
  ///   - weights: The members' weights; the main model's first.
  ///   - rule: The rule that combines the members' next-token distributions; the paper's own is `.published`.
  ///   - idleSessions: The number of sessions of each member that are kept for later calls, each with its cache.
  ///   - schedule: The times at which the members compute.
  ///   - progress: Called while the rule is prepared, which takes a while with large vocabularies.
  /// - Throws: ``EnsembleError``, `RelativeSpaceError` where the members share no tokens or the matrix does not fit in
  ///   memory, `FusionError` for weights that cannot be used, `BackendError` where embeddings are missing,
  ///   `CancellationError`.
  public init(
    main: Member, assistants: [Member] = [], weights: MemberWeights = .average,
    rule: any EnsembleRule = .standard, idleSessions: Int = 2, schedule: MemberSchedule = .sideBySide,
    progress: @escaping @Sendable (EnsembleProgress) -> Void = { _ in }
  ) async throws {
    let members = [main] + assistants
    try Self.validate(members)
    _ = try weights.weights(memberCount: members.count)
    guard members.count > 1 else {
      try self.init(
        members: members, weights: weights, fusion: MainModelOnly(), idleSessions: idleSessions, schedule: schedule)
      return
    }
    let fusion = try await EngineWorker.run { try rule.fusion(for: members, progress: progress) }
    try self.init(
      members: members, weights: weights, fusion: fusion, idleSessions: idleSessions, schedule: schedule)
  }

  private static func validate(_ members: [Member]) throws {
    guard !members.isEmpty else {
      throw EnsembleError(.invalidMembers, "there is no member", remedy: "Name at least a main model.")
    }
    let names = members.map(\.name)
    if let twice = names.first(where: { name in names.filter { $0 == name }.count > 1 }) {
      throw EnsembleError(
        .invalidMembers, "two members are called \(twice)",
        remedy: "Give them names: Member(backend, name: \"…\").")
    }
    if members[0].policy == .optional {
      throw EnsembleError(
        .invalidMembers, member: members[0].name,
        "the main model cannot be optional: the answer is written in its tokens",
        remedy: "Make it required, or choose another main model.")
    }
    if let member = members.first(where: { $0.deadline.map { $0 <= .zero } ?? false }) {
      throw EnsembleError(
        .invalidMembers, member: member.name, "its deadline leaves no time", remedy: "Give it more than zero seconds.")
    }
  }

  /// Answers a question, token by token.
  ///
  /// Generation is lazy: a step is computed when the next token is requested. Leaving the loop stops the work; the
  /// members' sessions are free again when the stream is released.
  public func streamResponse(
    to prompt: String, options: ResponseOptions = ResponseOptions()
  ) -> ResponseStream {
    streamResponse(to: [Message(role: .user, content: prompt)], options: options)
  }

  /// Continues a conversation, token by token.
  public func streamResponse(
    to messages: [Message], options: ResponseOptions = ResponseOptions()
  ) -> ResponseStream {
    stream(.conversation(messages), options)
  }

  /// Continues a plain text, without any member's template, token by token.
  public func streamResponse(
    continuing text: String, options: ResponseOptions = ResponseOptions()
  ) -> ResponseStream {
    stream(.text(text), options)
  }

  private func stream(_ beginning: Beginning, _ options: ResponseOptions) -> ResponseStream {
    let service = MemberService(members, pool: sessions, schedule: schedule)
    return ResponseStream(
      Generation(service: service, weights: weights, fusion: fusion, beginning: beginning, options: options))
  }

  /// Answers a question.
  ///
  /// - Throws: ``EnsembleError``, whose `textSoFar` holds the answer up to the failure; `CancellationError`.
  public func respond(
    to prompt: String, options: ResponseOptions = ResponseOptions()
  ) async throws -> Response {
    try await streamResponse(to: prompt, options: options).whole()
  }

  /// Continues a conversation.
  ///
  /// - Throws: ``EnsembleError``, whose `textSoFar` holds the answer up to the failure; `CancellationError`.
  public func respond(
    to messages: [Message], options: ResponseOptions = ResponseOptions()
  ) async throws -> Response {
    try await streamResponse(to: messages, options: options).whole()
  }

  /// Continues a plain text, without any member's template.
  ///
  /// - Throws: ``EnsembleError``, whose `textSoFar` holds the answer up to the failure; `CancellationError`.
  public func respond(
    continuing text: String, options: ResponseOptions = ResponseOptions()
  ) async throws -> Response {
    try await streamResponse(continuing: text, options: options).whole()
  }
}
