#if LlamaCpp
  import BackendSupport
  import CLlamaShim
  public import ModelBackends

  /// The tokenizer in a GGUF file: llama.cpp's own, made safe for bytes.
  ///
  /// llama.cpp reads UTF-8. Bytes that are not UTF-8 (a text may end inside a character) become the tokens that spell
  /// them, longest first. A vocabulary with an unknown token uses it for characters that it cannot express, as in the
  /// model's training. Text that reads like a control token, or like the name of a byte (`<0x41>`), stays text: where
  /// llama.cpp would merge its letters to that token, they are tokenised separately.
  ///
  /// A byte-level vocabulary that lacks some byte leaves it out of texts, as llama.cpp does; ``droppedCharacters(in:)``
  /// counts the omissions, and answers report them.
  ///
  /// Tokenizers whose published form normalises texts (Qwen's, StableLM 2's, Command R's, and GPT-NeoX's, which OLMo,
  /// MPT and ModernBERT share) are given texts in Unicode's form NFC, as their models were trained; llama.cpp itself
  /// does not normalise. A file identifies its tokenizer by its pre-tokenizer's name (`tokenizer.ggml.pre`).
  public struct GGUFTokenizer: Tokenizer {
    /// The tokens.
    public let vocabulary: Vocabulary
    let model: LlamaModel
    /// The same tokenizer without the space that SentencePiece puts before a text; for texts that continue another.
    let continuation: LlamaModel
    let reading: deepen_llama_reading
    /// The normalisation form that texts must have before llama.cpp reads them.
    let normalForm: NormalForm?
    /// Bytes that a byte-level vocabulary has no token for.
    let missingBytes: Set<UInt8>
    private let longestToken: Int
    private let cuts: TextCuts?
    /// Finds the control tokens that markup names.
    private let controls: SpellingFinder
    /// Added tokens that llama.cpp treats as control tokens, so that it does not find them in a text.
    let hiddenTokens: HiddenTokens

    /// Loads the tokenizer of a file, not its weights. The file may contain no weights.
    ///
    /// - Throws: `BackendError` where the file is missing, damaged, or has no tokenizer that llama.cpp knows.
    public init(file: String) throws {
      try self.init(LlamaModel(path: file, vocabularyOnly: true))
    }

    init(_ model: LlamaModel) throws {
      let hasPrefix = deepen_llama_has_space_prefix(model.handle)
      self.model = model
      continuation =
        hasPrefix ? try LlamaModel(path: model.path, vocabularyOnly: true, withoutSpacePrefix: true) : model
      let vocabulary = try Vocabulary(model)
      self.vocabulary = vocabulary
      longestToken = vocabulary.indices.map { vocabulary.bytes(of: $0).count }.max() ?? 0
      reading = deepen_llama_how_it_reads(model.handle)
      let controls = vocabulary.indices.filter { [.control, .unknown].contains(vocabulary.kind(of: $0)) }
      self.controls = SpellingFinder(of: model, controls, vocabulary)
      hiddenTokens = HiddenTokens(model, vocabulary: vocabulary)
      let isByteLevel = reading == DEEPEN_LLAMA_MERGES_WORDS
      normalForm = isByteLevel ? Self.normalForm(of: model) : nil
      missingBytes =
        isByteLevel ? Set((UInt8.min...UInt8.max).filter { vocabulary.id(forBytes: [$0]) == nil }) : []
      cuts =
        reading == DEEPEN_LLAMA_READS_OTHERWISE
        ? nil : TextCuts(model, vocabulary: vocabulary, normalForm: normalForm)
    }

    /// Pre-tokenizers of models whose published `tokenizer.json` has the normaliser NFC.
    private static let composing: Set = ["qwen2", "qwen35", "stablelm2", "command-r", "olmo", "mpt", "modern-bert"]

    private static func normalForm(of model: LlamaModel) -> NormalForm? {
      var name = [CChar](repeating: 0, count: 64)
      deepen_llama_pre_tokenizer(model.handle, &name, Int32(name.count))
      let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      return composing.contains(String(decoding: bytes, as: UTF8.self)) ? .composed : nil
    }

    /// Returns whether a text can be cut at an index and its parts be tokenised separately: between words, where no
    /// token spans the index, if the tokenizer reads the text unchanged.
    ///
    /// Byte-pair encoding, SentencePiece's merges and the longest match (RWKV) do; they split texts between words at
    /// most, and their merges on one side of such an index do not depend on the other. Unigram and WordPiece tokenizers
    /// rewrite the text first, and are never cut.
    public func canCut(_ text: [UInt8], at position: Int) -> Bool {
      cuts?.isCut(text, at: position) ?? false
    }

    /// The control tokens that markup spells. Some models' tokens absorb the white space around them, as llama.cpp
    /// reports.
    public func controlTokens(in text: [UInt8], markup: [Range<Int>]) -> [SpelledToken] {
      controls.tokens(in: text, parts: markup)
    }

    /// Tokenises a text.
    ///
    /// - Throws: `BackendError` with the code `tokenization` where the vocabulary cannot express a byte.
    public func encode(_ text: [UInt8], options: EncodingOptions) throws -> [TokenID] {
      var tokens: [TokenID] = []
      if options.isStart, let beginning = vocabulary.beginningOfText { tokens.append(beginning) }
      for run in text.utf8Runs() {
        let beginsText = options.isStart || options.followsControlToken
        let starts = beginsText && run.bytes.startIndex == text.startIndex
        if !run.isValid {
          // The space before a text also precedes bytes that are not valid text.
          if starts, continuation !== model { tokens += try spell([UInt8(ascii: " ")]) }
          tokens += try spell(run.bytes)
          continue
        }
        let text = normalForm.map { $0.normalized(run.bytes)[...] } ?? run.bytes
        if options.readsControlTokens {
          tokens += try encode(text, with: starts ? model : continuation, readsControlTokens: true)
        } else {
          tokens += try read(text, starts: starts)
        }
      }
      return tokens
    }

    /// Tokenises a text with llama.cpp.
    func encode(
      _ text: ArraySlice<UInt8>, with model: LlamaModel, readsControlTokens: Bool
    ) throws -> [TokenID] {
      guard text.count < Int32.max else {
        throw BackendError(
          .tokenization, in: model.name, "a text of \(text.count) bytes is too long", remedy: "Pass a shorter text.")
      }
      var capacity = text.count + 8
      while true {
        var count: Int32 = 0
        var tokens = [Int32](repeating: 0, count: capacity)
        do {
          try text.withUnsafeBytes { bytes in
            try check(model.name) { message in
              deepen_llama_tokenize(
                model.handle, bytes.bindMemory(to: CChar.self).baseAddress, Int32(bytes.count), readsControlTokens,
                &tokens, Int32(tokens.count), &count, message)
            }
          }
        } catch let error as BackendError where error.code == .tokenization {
          // llama.cpp does not report the position: find the first character that cannot be expressed on its own.
          let characters = String(decoding: text, as: UTF8.self).unicodeScalars.map { Array(String($0).utf8)[...] }
          guard characters.count > 1 else { throw inexpressible(text) }
          for character in characters {
            _ = try encode(character, with: continuation, readsControlTokens: readsControlTokens)
          }
          throw error
        }
        if count <= tokens.count { return tokens.prefix(Int(count)).map(Int.init) }
        capacity = Int(count)
      }
    }

    /// Returns whether a text begins with a token that was added to the vocabulary.
    func beginsWithAddedToken(_ text: ArraySlice<UInt8>) -> Bool {
      (1...max(1, min(longestToken, text.count))).contains { length in
        vocabulary.id(forBytes: text.prefix(length)).map { vocabulary.kind(of: $0) == .userDefined } ?? false
      }
    }

    /// The longest tokens, from left to right, that spell bytes which are not valid text.
    func spell(_ bytes: ArraySlice<UInt8>) throws -> [TokenID] {
      var rest = bytes
      var tokens: [TokenID] = []
      while !rest.isEmpty {
        let lengths = (1...max(1, min(longestToken, rest.count))).reversed()
        guard
          let (id, length) = lengths.lazy.compactMap({ length in
            vocabulary.id(forBytes: rest.prefix(length)).map { ($0, length) }
          }).first
        else { throw inexpressible(rest.prefix(1)) }
        tokens.append(id)
        rest = rest.dropFirst(length)
      }
      return tokens
    }

    func inexpressible(_ bytes: some Collection<UInt8>) -> BackendError {
      let list = bytes.map { "0x" + String($0, radix: 16, uppercase: true) }.joined(separator: " ")
      return BackendError(
        .tokenization, in: model.name, "has no token for the bytes \(list)",
        remedy: "Leave them out, or use a model with byte tokens.")
    }
  }
#endif
