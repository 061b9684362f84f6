internal import Foundation
public import ModelBackends

extension HuggingFaceTokenizer {
  /// Settings that come from other files than `tokenizer.json`.
  public struct Options: Sendable, Hashable {
    /// The number of logits of the model (`vocab_size` of `config.json`). Tables are often padded: the vocabulary gets
    /// unused tokens at its end. Added tokens beyond it, which the model was not trained with, are left out.
    public var vocabularyCount: Int?
    /// Tokens that end a generation (`eos_token_id` of `generation_config.json` and `config.json`), besides the
    /// `eos_token` of `tokenizer_config.json`.
    public var endOfGeneration: [TokenID]
    /// A token to begin every text with. Without it a text begins with the tokens of the file's post-processor.
    ///
    /// Many models have a `bos_token_id` and were trained without it; set this only for one that needs it.
    public var beginningOfText: TokenID?
    /// The treatment of characters that the vocabulary has no token for.
    public var missingCharacters: MissingCharacters

    /// Creates options.
    public init(
      vocabularyCount: Int? = nil, endOfGeneration: [TokenID] = [], beginningOfText: TokenID? = nil,
      missingCharacters: MissingCharacters = .dropped
    ) {
      self.vocabularyCount = vocabularyCount
      self.endOfGeneration = endOfGeneration
      self.beginningOfText = beginningOfText
      self.missingCharacters = missingCharacters
    }
  }

  /// Reads a tokenizer from files.
  ///
  /// - Parameters:
  ///   - file: The path of `tokenizer.json`.
  ///   - configuration: The path of `tokenizer_config.json`, which names the token that ends a text.
  ///   - options: Settings from other files.
  /// - Throws: ``TokenizerError``, which names the file, the field and the problem.
  /// - Complexity: O(size of the files).
  public init(file: String, configuration: String? = nil, options: Options = Options()) throws {
    try self.init(
      json: HuggingFaceTokenizer.read(file), configuration: configuration.map { try HuggingFaceTokenizer.read($0) },
      name: URL(filePath: file).lastPathComponent, options: options)
  }

  private static func read(_ file: String) throws -> [UInt8] {
    if let problem = InputFile(file).problem {
      throw TokenizerError(
        problem.isMissing ? .missingFile : .invalidFile, in: file, problem.text,
        remedy: "Check the path; the file belongs to the model's folder.")
    }
    do {
      return [UInt8](try Data(contentsOf: URL(filePath: file)))
    } catch {
      throw TokenizerError(
        .invalidFile, in: file, "cannot be read (\(error.localizedDescription))",
        remedy: "Check the path; the file belongs to the model's folder.")
    }
  }

  /// Reads a tokenizer from the contents of files.
  ///
  /// - Parameters:
  ///   - json: The contents of `tokenizer.json`.
  ///   - configuration: The contents of `tokenizer_config.json`.
  ///   - name: The name of the first file in messages.
  ///   - options: Settings from other files.
  /// - Throws: ``TokenizerError``, which names the file, the field and the problem.
  /// - Complexity: O(size of the files).
  public init(
    json: [UInt8], configuration: [UInt8]? = nil, name: String = "tokenizer.json", options: Options = Options()
  ) throws {
    let document = JSONField(value: try JSONReader.read(json, file: name), file: name, location: "")
    var model = try document.required("model").model()
    let normalizer = try document.optional("normalizer")?.normalizer()
    preTokenizer = try document.optional("pre_tokenizer")?.preTokenizer()
    let modelCount = model.spellings.count
    if let count = options.vocabularyCount, count < modelCount {
      throw TokenizerError(
        .invalidArgument, in: name, "has \(modelCount) tokens, and the model has logits for \(count)",
        remedy: "Give the model the tokenizer that it was trained with.")
    }
    let added = try HuggingFaceTokenizer.addedTokens(document, model: model, limit: options.vocabularyCount)
    model.hide(added.filter { $0.isSpecial && $0.isSpelledByModel }.map(\.id))
    if var pairs = model as? BytePairModel {
      pairs.missingCharacters = options.missingCharacters
      model = pairs
    }
    let named = try configuration.map {
      try NamedTokens($0, file: "tokenizer_config.json", added: added, model: model)
    }
    let leading = try document.optional("post_processor")?.leadingTokens() ?? []
    leadingTokens = options.beginningOfText.map { leading.first == $0 ? leading : [$0] + leading } ?? leading
    let ends = (named?.endOfText.map { [$0] } ?? []) + options.endOfGeneration
    let count = max(options.vocabularyCount ?? 0, modelCount, (added.map(\.id).max() ?? -1) + 1)
    for id in leadingTokens + ends where id < 0 || id >= count {
      throw TokenizerError(
        .invalidArgument, in: name, "has \(count) tokens, and token \(id) is to begin or end texts",
        remedy: "Take the ids of the beginning and the end of a text from the same model as the tokenizer.")
    }
    let decoder = try TokenDecoder(document: document, model: model)
    vocabulary = try Vocabulary(
      tokens: HuggingFaceTokenizer.tokens(
        count: count, decoder: decoder, model: model, added: added,
        control: Set(ends).union(leadingTokens).union(named?.control ?? [])),
      // A beginning-of-text token ends the text before it.
      endOfGeneration: ends + [named?.beginningOfText].compactMap(\.self), beginningOfText: leadingTokens.first)
    file = name
    addedTokens = AddedTokens(added, normalizer: normalizer)
    controlSpellings = SpellingFinder(
      added.filter(\.isSpecial).map { token in
        SpellingFinder.Entry(
          id: token.id, spelling: token.content, stripsLeft: token.stripsLeft, stripsRight: token.stripsRight,
          isSingleWord: token.isSingleWord)
      })
    self.normalizer = normalizer
    self.model = model
    cuts = TextCuts(
      normalizer: normalizer, preTokenizer: preTokenizer, model: model, decoder: decoder, addedTokens: addedTokens,
      vocabulary: vocabulary)
  }

  /// The added tokens with the ids that the library assigns, whatever ids the file writes: the model's own id where it
  /// has the token, else the next ids after the number of tokens that the model lists.
  private static func addedTokens(
    _ document: JSONField, model: any TokenModel, limit: Int?
  ) throws -> [AddedToken] {
    var tokens: [AddedToken] = []
    var known: Set<[UInt8]> = [[]]
    var next = model.count
    for field in try document.optional("added_tokens")?.elements() ?? [] {
      let token = try AddedToken(field, model: model, next: next)
      guard known.insert(token.content).inserted else { continue }
      if !token.isSpelledByModel { next += 1 }
      if token.id < limit ?? .max { tokens.append(token) }
    }
    return tokens
  }

  /// All tokens in bytes; unused ones for ids that the file does not assign.
  private static func tokens(
    count: Int, decoder: TokenDecoder, model: any TokenModel, added: [AddedToken], control: Set<TokenID>
  ) -> [Token] {
    let hasByteTokens = model.hasByteTokens || decoder.readsByteTokens
    var tokens = Array(repeating: Token(bytes: [], kind: .unused), count: count)
    for (id, spelling) in model.spellings.enumerated() {
      guard let spelling else { continue }
      if control.contains(id) {
        tokens[id] = Token(bytes: spelling, kind: .control)
      } else if id == model.unknown {
        tokens[id] = Token(bytes: spelling, kind: .unknown)
      } else if hasByteTokens, let byte = ByteToken.byte(of: spelling[...]) {
        tokens[id] = Token(bytes: [byte], kind: .byte)
      } else {
        tokens[id] = Token(bytes: decoder.bytes(of: spelling))
      }
    }
    for token in added where tokens[token.id].kind != .unknown {
      // Where a model leaves gaps, the next id may be that of a token in use, which stays as it is.
      if !token.isSpelledByModel, tokens[token.id].kind != .unused { continue }
      if token.isSpecial || control.contains(token.id) {
        tokens[token.id] = Token(bytes: token.content, kind: .control)
      } else if tokens[token.id].kind == .unused {
        tokens[token.id] = Token(bytes: token.content, kind: .userDefined)
      } else {
        // A token that the model has too is decoded like the model's other tokens.
        tokens[token.id].kind = .userDefined
      }
    }
    return tokens
  }
}
