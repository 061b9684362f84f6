public import ModelBackends

extension Tokenizer {
  /// The number of characters of a member's whole text that are left out of its tokens.
  package func droppedCharacters(in context: ContextText) -> Int {
    var runs = ContextRuns(context.prompt, readBy: self)
    if context.answerTokens == nil { runs.append(context.answer) }
    return runs.runs.reduce(0) { count, run in
      if case .text(let text) = run { count + droppedCharacters(in: text.bytes) } else { count }
    }
  }

  /// The tokens of a member's whole text: prompt, then answer.
  ///
  /// A ``TextSession`` reads the same tokens, incrementally.
  public func encode(_ context: ContextText) throws -> [TokenID] {
    var runs = ContextRuns(context.prompt, readBy: self)
    if context.answerTokens == nil { runs.append(context.answer) }
    let tokens = try runs.runs.flatMap { run in
      switch run {
      case .token(let token): [token]
      case .text(let text): runs.isRead(text) ? try encode(text.bytes, options: text.options) : []
      }
    }
    return tokens + (context.answerTokens ?? [])
  }
}
