public import ModelBackends

/// A model that takes part in an ensemble, with what is its own: its prompt template and its embeddings.
public struct Member: Sendable {
  /// The model.
  public var backend: any ModelBackend
  /// The name in messages and tables.
  public var name: String
  /// How the member wants a conversation written down.
  public var template: any PromptTemplate
  /// Token vectors to use instead of the backend's own.
  public var embeddings: (any EmbeddingTable)?

  /// Makes a member.
  ///
  /// - Parameters:
  ///   - backend: The model.
  ///   - name: The name in messages and tables; the backend's by default.
  ///   - template: How the member wants a conversation written down; by default the backend's chat template, or the bare
  ///     words where it has none. A template that the backend cannot follow is an error when the first answer begins.
  ///   - embeddings: Token vectors to use instead of the backend's own, such as an `EmbeddingFile`.
  public init(
    _ backend: any ModelBackend, name: String? = nil, template: (any PromptTemplate)? = nil,
    embeddings: (any EmbeddingTable)? = nil
  ) {
    self.backend = backend
    self.name = name ?? backend.name
    self.template = template ?? backend.chatTemplate ?? TextTemplate()
    self.embeddings = embeddings
  }

  /// The member's token vectors: those that it was given, or the backend's.
  ///
  /// - Throws: `BackendError` with the code `noEmbeddings` where there are none.
  public func embeddingTable(_ side: EmbeddingSide) throws -> any EmbeddingTable {
    if let embeddings { return embeddings }
    return try backend.embeddings(side)
  }
}
