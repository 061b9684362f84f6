public import ModelBackends

/// A model that takes part in an ensemble, with what is its own: its prompt template, its embeddings, and what happens when
/// it fails.
public struct Member: Sendable {
  /// What the failure of a member means for the answer.
  public enum Policy: Sendable, Hashable {
    /// The answer ends with an ``EnsembleError`` that names the member and carries the text so far.
    case required
    /// The member has no part in the rest of the answer; the others' weights grow, and a ``MemberEvent`` says so.
    case optional
  }

  /// The model.
  public var backend: any ModelBackend
  /// The name in messages and tables.
  public var name: String
  /// How the member wants a conversation written down.
  public var template: any PromptTemplate
  /// Token vectors to use instead of the backend's own.
  public var embeddings: (any EmbeddingTable)?
  /// What happens when the member throws, is late, or answers with logits that cannot be used.
  public var policy: Policy
  /// How long the member may take for one step; `nil` for as long as it likes.
  ///
  /// The first step reads the whole prompt, and starting a session counts as a step too. Where a text is scored, up to 64
  /// steps are one call: a member that is late with it is asked again for one after the other.
  public var deadline: Duration?
  /// How far back the member looks for tokens that reach beyond the end of the text.
  public var healing: TokenHealing

  /// Makes a member.
  ///
  /// - Parameters:
  ///   - backend: The model.
  ///   - name: The name in messages and tables; the backend's by default.
  ///   - template: How the member wants a conversation written down; by default the backend's chat template, or the bare
  ///     words where it has none. A template that the backend cannot follow is an error when the first answer begins.
  ///   - embeddings: Token vectors to use instead of the backend's own, such as an `EmbeddingFile`.
  ///   - policy: What happens when the member fails. The main model is always required.
  ///   - deadline: How long the member may take for one step, the reading of the prompt included.
  ///   - healing: How far back the member looks for tokens that reach beyond the end of the text.
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

  /// The member's token vectors: those that it was given, or the backend's.
  ///
  /// - Throws: `BackendError` with the code `noEmbeddings` where there are none.
  public func embeddingTable(_ side: EmbeddingSide) throws -> any EmbeddingTable {
    if let embeddings { return embeddings }
    return try backend.embeddings(side)
  }
}
