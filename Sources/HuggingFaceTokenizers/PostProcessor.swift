internal import ModelBackends

extension JSONField {
  /// The tokens that a post-processor puts before a text.
  ///
  /// Tokens that it puts after a text are left out: a language model is to continue the text, not to see it end.
  ///
  /// - Throws: ``TokenizerError``, with the code `unsupported` for a post-processor that this reader does not know.
  func leadingTokens() throws -> [TokenID] {
    let type = try type()
    switch type {
    case "ByteLevel": return []
    case "Sequence": return try leadingTokensOfSequence()
    case "BertProcessing", "RobertaProcessing": return [try required("cls").element(1).count()]
    case "TemplateProcessing": return try leadingTokensOfTemplate()
    default: throw unknown("the post-processor \"\(type)\"")
    }
  }

  /// Each processor puts its tokens before those of the processors that ran earlier.
  private func leadingTokensOfSequence() throws -> [TokenID] {
    try required("processors").elements().reduce(into: []) { tokens, processor in
      tokens = try processor.leadingTokens() + tokens
    }
  }

  private func leadingTokensOfTemplate() throws -> [TokenID] {
    var tokens: [TokenID] = []
    for part in try required("single").elements() {
      if try part.optional("Sequence") != nil { return tokens }
      let name = try part.required("SpecialToken").required("id")
      let known = try required("special_tokens")
      guard let special = try known.optional(name.text()) else {
        throw name.fault("names \"\(try name.text())\", which is not among the special tokens")
      }
      tokens += try special.required("ids").elements().map { try $0.count() }
    }
    throw try required("single").fault("has no place for the text")
  }
}
