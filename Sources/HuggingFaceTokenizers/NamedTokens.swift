internal import ModelBackends

/// The tokens that `tokenizer_config.json` names.
struct NamedTokens {
  /// The token that ends a text, if the file names one.
  var endOfText: TokenID?
  /// The token that begins a text, if the file names one; texts need not begin with it.
  var beginningOfText: TokenID?
  /// All tokens with a role in the file: beginning, end, padding, separator, class, mask.
  var control: Set<TokenID> = []

  /// Reads the file.
  ///
  /// - Throws: ``TokenizerError`` where it names a token that the tokenizer does not have.
  init(_ json: [UInt8], file: String, added: [AddedToken], model: any TokenModel) throws {
    let document = JSONField(value: try JSONReader.read(json, file: file), file: file, location: "")
    for part in ["bos", "eos", "pad", "sep", "cls", "mask"] {
      guard let field = try document.optional("\(part)_token") else { continue }
      // Files write "</s>" or {"content": "</s>", …}.
      let content = if case .string(let bytes) = field.value { bytes } else { try field.required("content").bytes() }
      if let id = added.first(where: { $0.content == content })?.id ?? model.id(of: content) {
        control.insert(id)
        if part == "eos" { endOfText = id }
        if part == "bos" { beginningOfText = id }
      } else if part == "eos" {
        throw field.fault(
          "names \"\(String(decoding: content, as: UTF8.self))\", which the tokenizer does not have",
          remedy: "Correct the file, or leave it out and give the ids of the tokens that end a text.")
      }
    }
  }
}
