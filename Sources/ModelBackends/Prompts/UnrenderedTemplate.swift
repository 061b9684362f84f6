/// A chat template that a model brings and that nothing here can write out.
///
/// It stands where the template would, so that a member does not silently read bare words instead of what its model was
/// taught to read: the first answer fails with an error that names the ways out.
public struct UnrenderedTemplate: PromptTemplate {
  /// What every prompt fails with.
  public let error: BackendError

  /// Makes a template.
  ///
  /// - Parameters:
  ///   - name: The model's name, for errors.
  ///   - problem: Why it cannot be written out: what follows "its chat template".
  ///   - remedy: What can be done, beside giving the member a template of its own.
  public init(of name: String, _ problem: String, remedy: String? = nil) {
    error = BackendError(
      .unsupported, in: "\(name)'s chat template", problem,
      remedy: [BackendError.ownTemplate, remedy].compactMap(\.self).joined(separator: " "))
  }

  /// Fails.
  ///
  /// - Throws: ``error``.
  public func prompt(for messages: [Message]) throws -> RenderedPrompt { throw error }
}

extension PromptTemplate {
  /// What keeps the template from writing a single question down; `nil` where nothing does.
  public var obstacle: (any Error)? {
    do {
      _ = try prompt(for: [Message(role: .user, content: "?")])
      return nil
    } catch {
      return error
    }
  }
}

extension BackendError {
  /// The way out of a chat template that cannot be used.
  package static let ownTemplate = """
    Give the member a template of its own: Member(model, template: TextTemplate("Question: {prompt}\\nAnswer:")) in Swift, \
    --template on the command line.
    """
}
