package import ModelBackends

/// A member's whole text as tokens, with the properties of its end.
package struct ContextTokens: Sendable, Hashable {
  /// All tokens: markers, prompt, answer.
  package var tokens: [TokenID]
  /// The index of the first token of the text that is still open: the text of template, messages and answer after the
  /// last control token. Earlier tokens can no longer change.
  package var openStart: Int
  /// The index of the first token that the model chose itself; the number of tokens where it chose none.
  ///
  /// The boundaries between chosen tokens are the model's own. Those before were found by the tokenizer, which did not
  /// know the continuation.
  package var chosenStart: Int
  /// The ranges of the prompt's words: its tokens except those that hold only a template's markup. A token that holds
  /// both counts as part of the words.
  package var messageRanges: [Range<Int>]

  /// Creates a tokenised text.
  package init(
    tokens: [TokenID], openStart: Int = 0, chosenStart: Int? = nil, messageRanges: [Range<Int>]? = nil
  ) {
    self.tokens = tokens
    self.openStart = openStart
    self.chosenStart = chosenStart ?? tokens.count
    self.messageRanges = messageRanges ?? [0..<self.chosenStart]
  }
}

extension ContextTokens {
  /// Checks that a model can predict after the text. Sessions call it before any work.
  ///
  /// - Parameters:
  ///   - name: The model's name, for errors.
  ///   - vocabulary: The model's tokens.
  ///   - contextLength: The number of tokens that it can read; `nil` where there is no limit.
  /// - Throws: `BackendError` where there are no tokens (`emptyPrompt`), too many (`contextOverflow`), or one that
  ///   the vocabulary does not have: from the tokenizer (`tokenization`) or chosen (`invalidArgument`).
  /// - Complexity: O(number of tokens).
  package func check(for name: String, vocabulary: Vocabulary, contextLength: Int?) throws {
    guard !tokens.isEmpty else {
      throw BackendError(
        .emptyPrompt, in: name, "there is no token to predict from", remedy: "Pass a prompt that is not empty.")
    }
    if let contextLength, tokens.count > contextLength {
      throw BackendError(
        .contextOverflow, in: name, "the text has \(tokens.count) tokens and a session holds \(contextLength)",
        remedy: "Shorten the text, or raise the context length if the model can read more: contextLength among its "
          + "backend's options, --context on the command line.")
    }
    if let index = tokens.firstIndex(where: { !vocabulary.indices.contains($0) }) {
      let problem = "token \(tokens[index]) is not in \(vocabulary.indices)"
      throw index < chosenStart
        ? BackendError(.tokenization, in: name, problem, remedy: "Check that the tokenizer belongs to the model.")
        : BackendError(
          .invalidArgument, in: name, problem, remedy: "Pass answer tokens of this model's own vocabulary.")
    }
  }
}
