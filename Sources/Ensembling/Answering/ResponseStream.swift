/// An answer, token by token, computed on demand.
///
/// It is read once: a second loop continues where the first one stopped.
public struct ResponseStream: AsyncSequence, Sendable {
  private let generation: Generation

  init(_ generation: Generation) {
    self.generation = generation
  }

  /// Creates an iterator over the answer.
  public func makeAsyncIterator() -> Iterator { Iterator(generation: generation) }

  /// Reads the rest of the answer and returns all of it with its statistics. Where the task is cancelled, returns the
  /// answer up to then, with the stop reason `cancelled`.
  ///
  /// - Throws: ``EnsembleError``; its `textSoFar` holds the answer up to the failure.
  public func collect() async throws -> Response {
    while try await generation.next() != nil {}
    return await generation.response
  }

  /// The whole answer.
  ///
  /// - Throws: ``EnsembleError``; `CancellationError` where the answer was cancelled.
  func whole() async throws -> Response {
    let response = try await collect()
    if response.stopReason == .cancelled { throw CancellationError() }
    return response
  }

  /// Reads an answer.
  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let generation: Generation

    /// The next token; `nil` at the answer's end, also when the task has been cancelled.
    ///
    /// - Throws: ``EnsembleError``.
    public func next() async throws -> GeneratedToken? { try await generation.next() }
  }
}
