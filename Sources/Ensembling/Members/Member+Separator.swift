internal import BackendSupport
public import ModelBackends

extension Member {
  /// The separator between a conversation, as the member reads it, and a text that is scored after it: a space where
  /// the member's prompt needs one (`RenderedPrompt.asksForSpace`), else empty.
  ///
  /// - Throws: ``EnsembleError`` where the member's template cannot format the conversation.
  package func separator(after messages: [Message]) throws -> String {
    do {
      let prompt = try template.prompt(for: messages)
      return prompt.asksForSpace(readBy: backend) ? " " : ""
    } catch {
      throw EnsembleError(error, of: self, during: "it could not write the conversation down")
    }
  }
}

extension Ensemble {
  /// The separator between a conversation and a text that is scored after it, as the main model reads the conversation.
  ///
  /// - Throws: ``EnsembleError`` where the main model's template cannot format the conversation.
  public func separator(after messages: [Message]) throws -> String {
    try members[0].separator(after: messages)
  }
}
