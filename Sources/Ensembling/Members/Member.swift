public import ModelBackends

/// A model that takes part in an ensemble, with its own prompt template, embeddings, and failure policy.
public struct Member: Sendable {
  /// The consequence of a member's failure for the answer.
  public enum Policy: Sendable, Hashable {
    /// The answer ends with an ``EnsembleError`` that names the member and carries the text so far.
    case required
    /// The member takes no part in the rest of the answer; the others' weights grow, and a ``MemberEvent`` reports it.
    case optional
  }

  /// The model.
  public var backend: any ModelBackend
  /// The name in messages and tables.
  public var name: String
  /// The template that formats conversations for the member.
  public var template: any PromptTemplate
  /// Token vectors to use instead of the backend's own.
  public var embeddings: (any EmbeddingTable)?
  /// The policy where the member throws, is late, or returns logits that cannot be used.
  public var policy: Policy
  /// The maximum time of the member for one step; `nil` for no limit.
  ///
  /// The first step reads the whole prompt, and starting a session counts as a step too. Where a text is scored, up to
  /// 128 steps are one call: a member that is late with it is asked again for one after the other.
  public var deadline: Duration?
  /// The search range for tokens that extend beyond the end of the text.
  public var healing: TokenHealing

  /// Creates a member.
  ///
  /// - Parameters:
  ///   - backend: The model.
  ///   - name: The name in messages and tables; the backend's by default.
  ///   - template: The template that formats conversations for the member; by default the backend's chat template, or
  ///     the plain text where it has none. A template that the backend cannot follow is an error when the first answer
  ///     begins.
  ///   - embeddings: Token vectors to use instead of the backend's own, such as an `EmbeddingFile`.
  ///   - policy: The policy where the member fails. The main model is always required.
  ///   - deadline: The maximum time of the member for one step, the reading of the prompt included.
  ///   - healing: The search range for tokens that extend beyond the end of the text.
  public init(
    _ backend: any ModelBackend, name: String? = nil, template: (any PromptTemplate)? = nil,
    embeddings: (any EmbeddingTable)? = nil, policy: Policy = .required, deadline: Duration? = nil,
    healing: TokenHealing = .standard
  ) {
    self.backend = backend
    self.name = name ?? backend.name
    self.template = template ?? backend.chatTemplate ?? TextTemplate()
    self.embeddings = embeddings
    self.policy = policy
    self.deadline = deadline
    self.healing = healing
  }

  /// The member's token vectors: its own ones where given, else the backend's.
  ///
  /// - Throws: `BackendError` with the code `noEmbeddings` where there are none.
  public func embeddingTable(_ side: EmbeddingSide) throws -> any EmbeddingTable {
    if let embeddings { return embeddings }
    return try backend.embeddings(side)
  }
}
