public import ModelBackends

/// A source of answers: an ensemble, or a wrapper that combines several finished answers into one.
public protocol Answering: Sendable {
  /// Continues a conversation.
  ///
  /// - Throws: ``EnsembleError``, whose `textSoFar` holds the answer up to the failure; `CancellationError`.
  func respond(to messages: [Message], options: ResponseOptions) async throws -> Response
}

extension Ensemble: Answering {}
