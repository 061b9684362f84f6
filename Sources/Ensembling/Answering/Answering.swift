public import ModelBackends

/// Something that answers: an ensemble, or a wrapper that makes one answer of several finished ones.
public protocol Answering: Sendable {
  /// Continues a conversation.
  ///
  /// - Throws: ``EnsembleError``, whose `textSoFar` holds what had been answered; `CancellationError`.
  func respond(to messages: [Message], options: ResponseOptions) async throws -> Response
}

extension Ensemble: Answering {}
