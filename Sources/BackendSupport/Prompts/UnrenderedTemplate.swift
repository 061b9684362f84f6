public import ModelBackends

/// A model's own chat template that cannot be rendered here.
///
/// It takes the template's role, so that a member does not silently read unformatted text instead of the form that its
/// model was trained on: the first answer fails with an error that names the solutions.
public struct UnrenderedTemplate: PromptTemplate {
  /// The error that every prompt throws.
  package let error: BackendError

  /// Creates a template.
  ///
  /// - Parameters:
  ///   - name: The model's name, for errors.
  ///   - problem: The reason why it cannot be rendered: a phrase that follows "its chat template".
  ///   - remedy: A solution, besides giving the member a template of its own.
  public init(of name: String, _ problem: String, remedy: String? = nil) {
    error = BackendError(
      .unsupported, in: "\(name)'s chat template", problem,
      remedy: [BackendError.ownTemplate, remedy].compactMap(\.self).joined(separator: " "))
  }

  /// Always throws.
  ///
  /// - Throws: The error that says why, and what to do instead.
  public func prompt(for messages: [Message]) throws -> RenderedPrompt { throw error }
}

extension BackendError {
  /// The solution for a chat template that cannot be used.
  package static let ownTemplate = """
    Give the member a template of its own: Member(model, template: TextTemplate("Question: {prompt}\\nAnswer:")) in \
    Swift, --template on the command line.
    """
}
