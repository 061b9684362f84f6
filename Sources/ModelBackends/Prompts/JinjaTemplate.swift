/// The input of a renderer of Jinja templates.
public struct JinjaRequest: Sendable, Hashable {
  /// The template.
  public var source: String
  /// The conversation: `messages`, each with `role` and `content`.
  ///
  /// The contents are marks that stand for the messages' text; they must be rendered unchanged, or trimmed.
  public var messages: [Message]
  /// The spellings of the model's special tokens by their names: `bos_token`, `eos_token` and so on.
  public var specialTokens: [String: String]
  /// `add_generation_prompt`: whether the text ends where the assistant speaks next.
  public var addsGenerationPrompt: Bool

  /// Creates a request.
  package init(
    source: String, messages: [Message], specialTokens: [String: String] = [:], addsGenerationPrompt: Bool = true
  ) {
    self.source = source
    self.messages = messages
    self.specialTokens = specialTokens
    self.addsGenerationPrompt = addsGenerationPrompt
  }
}

/// Renders a conversation with a Jinja template: a call into a Jinja library of your choice.
///
/// It throws the errors that the template raises (`raise_exception`) and those of features that the library lacks.
public typealias JinjaRenderer = @Sendable (JinjaRequest) throws -> String

/// The chat template in a model's folder, rendered by a Jinja library that the caller provides.
///
/// The library never sees the messages' text, so it cannot become markup: a `<|im_end|>` that a user types is ten
/// characters. Templates that inspect the text (that cut a thought out of an answer, say) find marks instead and leave
/// the text whole.
public struct JinjaTemplate: PromptTemplate {
  /// The template.
  package let source: String
  /// The spellings of the model's special tokens by their names: `bos_token`, `eos_token` and so on.
  package let specialTokens: [String: String]

  private let name: String
  private let template: MarkedTemplate
  private let renderer: JinjaRenderer

  /// Creates a template.
  ///
  /// - Parameters:
  ///   - source: The template.
  ///   - name: The model's name, for errors.
  ///   - vocabulary: The model's tokens. The beginning-of-text token that the tokenizer adds is left out of the prompt.
  ///   - specialTokens: The spellings of special tokens by their names.
  ///   - renderer: Renders conversations.
  public init(
    _ source: String, name: String, vocabulary: Vocabulary, specialTokens: [String: String] = [:],
    renderer: @escaping JinjaRenderer
  ) {
    self.source = source
    self.specialTokens = specialTokens
    self.name = name
    self.renderer = renderer
    template = MarkedTemplate(of: name, vocabulary: vocabulary)
  }

  /// The conversation in the form that the model was trained on, up to where the assistant speaks next.
  ///
  /// - Throws: ``BackendError`` with the code `unsupported` where the renderer fails, the template raises an error, or
  ///   its output omits a turn.
  public func prompt(for messages: [Message]) throws -> RenderedPrompt {
    try template.prompt(for: messages) { messages in
      do {
        return try renderer(JinjaRequest(source: source, messages: messages, specialTokens: specialTokens))
      } catch {
        if error is BackendError { throw error }
        throw BackendError(
          .unsupported, in: "\(name)'s chat template", "cannot be written for this conversation (\(error))",
          remedy: "Change the order of the turns or leave some out, or give the member a template of its own.")
      }
    }
  }
}
