/// A member's whole text as tokens, with what can be said about its end.
package struct ContextTokens: Sendable, Hashable {
  /// All tokens: markers, prompt, answer.
  package var tokens: [TokenID]
  /// The first token of the text that is still being written: the words of template, people and answer after the last
  /// control token. A token that begins before it has ended for good.
  package var openStart: Int
  /// The first token that the model chose itself; the number of tokens where it chose none.
  ///
  /// The boundaries between chosen tokens are the model's own. Those before were found by the tokenizer, which did not
  /// know what comes next.
  package var chosenStart: Int
  /// Where the prompt's words are: its tokens without those that hold nothing but a template's markup. A token that
  /// holds both counts as the words'.
  package var wordRanges: [Range<Int>]

  /// Makes a text of tokens.
  package init(
    tokens: [TokenID], openStart: Int = 0, chosenStart: Int? = nil, wordRanges: [Range<Int>]? = nil
  ) {
    self.tokens = tokens
    self.openStart = openStart
    self.chosenStart = chosenStart ?? tokens.count
    self.wordRanges = wordRanges ?? [0..<self.chosenStart]
  }
}

extension ContextTokens {
  /// Checks that a model can be asked what follows the text. For sessions to do before any work.
  ///
  /// - Parameters:
  ///   - name: The model's name, for errors.
  ///   - vocabulary: The model's tokens.
  ///   - contextLength: How many tokens it can read; `nil` where there is no limit.
  /// - Throws: ``BackendError`` where there are no tokens (`emptyPrompt`), too many (`contextOverflow`), or one that
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
    if let place = tokens.firstIndex(where: { !vocabulary.indices.contains($0) }) {
      let problem = "token \(tokens[place]) is not in \(vocabulary.indices)"
      throw place < chosenStart
        ? BackendError(.tokenization, in: name, problem, remedy: "Check that the tokenizer belongs to the model.")
        : BackendError(
          .invalidArgument, in: name, problem, remedy: "Pass answer tokens of this model's own vocabulary.")
    }
  }
}
