internal import ModelBackends

/// The model's configuration from the files in its folder, as far as the backend needs it.
struct ModelConfiguration {
  /// The maximum number of tokens in the context, if any file specifies it.
  var contextLength: Int?
  /// The shortest window of attention, in tokens, of layers that have one.
  var attentionWindow: Int?
  /// The number of attention heads with keys and values of their own.
  var keyValueHeads: Int?
  /// The length of a head's keys and values.
  var headSize: Int?
  /// The number of logits, if the configuration specifies it.
  var vocabularySize: Int?
  /// Whether the input embeddings are the output embeddings, too.
  var tiesEmbeddings: Bool
  /// The tokens that end a generation, by id, as the files list them.
  var endTokens: [Int]
  /// The tokens that a text begins with, by id, as the files list them; some models name one that they were trained
  /// without.
  var beginningTokens: [Int]
  /// The spelling of the token that ends a text, if the tokenizer names one.
  var endSpelling: String?

  /// Reads `config.json`, `generation_config.json` and `tokenizer_config.json`.
  ///
  /// Only the first is required, and it may be missing where the caller provides its values.
  ///
  /// - Throws: ``BackendError`` with the code `missingFile` or `invalidFile`.
  init(_ folder: ModelFolder, isRequired: Bool) throws {
    let config = try folder.description("config.json", as: Config.self)
    guard config != nil || !isRequired else {
      throw BackendError(
        .missingFile, in: "\(folder.path)/config.json", "does not exist",
        remedy: "Copy it from the model's repository, or set the option contextLength")
    }
    let generation = try folder.description("generation_config.json", as: Generation.self)
    let tokenizer = try folder.description("tokenizer_config.json", as: TokenizerSettings.self)
    let text = config?.text?.sizes ?? config?.sizes
    contextLength = text?.contextLength ?? tokenizer?.contextLength
    attentionWindow = text?.attentionWindow
    keyValueHeads = text?.keyValueHeads
    headSize = text?.headSize
    vocabularySize = text?.vocabularySize
    tiesEmbeddings = config?.tiesEmbeddings ?? false
    endTokens =
      (generation?.endTokens?.values ?? []) + (config?.endTokens?.values ?? [])
      + (config?.text?.endTokens?.values ?? [])
    beginningTokens =
      (generation?.beginningTokens?.values ?? []) + (config?.beginningTokens?.values ?? [])
      + (config?.text?.beginningTokens?.values ?? [])
    endSpelling = tokenizer?.endToken?.spelling
  }
}

// MARK: - The files

/// The name of any field.
struct FieldName: CodingKey {
  var stringValue: String
  var intValue: Int? { nil }
  init(_ name: String) { stringValue = name }
  init?(stringValue: String) { self.init(stringValue) }
  init?(intValue: Int) { nil }
}

/// A token's spelling, plain or inside a description of the token.
struct TokenSpelling: Decodable {
  var spelling: String

  enum CodingKeys: String, CodingKey {
    case spelling = "content"
  }

  init(from decoder: any Decoder) throws {
    if let plain = try? decoder.singleValueContainer().decode(String.self) {
      spelling = plain
    } else {
      spelling = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .spelling)
    }
  }
}

/// A number or a list of numbers.
private struct OneOrMore: Decodable {
  var values: [Int]

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    values = try (try? container.decode(Int.self)).map { [$0] } ?? container.decode([Int].self)
  }
}

/// Sizes, under the names that the model families give them.
private struct Sizes: Decodable {
  var contextLength: Int?
  var attentionWindow: Int?
  var keyValueHeads: Int?
  var headSize: Int?
  var vocabularySize: Int?

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: FieldName.self)
    func first(_ names: String...) -> Int? {
      names.lazy.compactMap { (try? container.decodeIfPresent(Int.self, forKey: FieldName($0))) ?? nil }
        .first { $0 > 0 }
    }
    contextLength = first(
      "max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "max_sequence_length", "seq_length",
      "model_max_length")
    attentionWindow = first("sliding_window", "window_size", "attention_window_size", "attention_window")
    let heads = first("num_attention_heads", "n_head", "n_heads", "num_heads")
    keyValueHeads = first("num_key_value_heads", "num_kv_heads", "n_head_kv") ?? heads
    let width = first("hidden_size", "n_embd", "d_model")
    headSize = first("head_dim") ?? heads.flatMap { heads in width.map { $0 / heads } }
    vocabularySize = first("vocab_size")
  }
}

/// `config.json`. Models of text and images describe their text model in a section of its own.
private struct Config: Decodable {
  struct Text: Decodable {
    var sizes: Sizes
    var endTokens: OneOrMore?
    var beginningTokens: OneOrMore?

    enum CodingKeys: String, CodingKey {
      case endTokens = "eos_token_id"
      case beginningTokens = "bos_token_id"
    }

    init(from decoder: any Decoder) throws {
      sizes = try Sizes(from: decoder)
      let container = try decoder.container(keyedBy: CodingKeys.self)
      endTokens = try container.decodeIfPresent(OneOrMore.self, forKey: .endTokens)
      beginningTokens = (try? container.decodeIfPresent(OneOrMore.self, forKey: .beginningTokens)) ?? nil
    }
  }

  var sizes: Sizes
  var text: Text?
  var endTokens: OneOrMore?
  var beginningTokens: OneOrMore?
  var tiesEmbeddings: Bool?

  enum CodingKeys: String, CodingKey {
    case text = "text_config"
    case endTokens = "eos_token_id"
    case beginningTokens = "bos_token_id"
    case tiesEmbeddings = "tie_word_embeddings"
  }

  init(from decoder: any Decoder) throws {
    sizes = try Sizes(from: decoder)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    text = try container.decodeIfPresent(Text.self, forKey: .text)
    endTokens = try container.decodeIfPresent(OneOrMore.self, forKey: .endTokens)
    beginningTokens = (try? container.decodeIfPresent(OneOrMore.self, forKey: .beginningTokens)) ?? nil
    tiesEmbeddings = try container.decodeIfPresent(Bool.self, forKey: .tiesEmbeddings)
  }
}

/// `generation_config.json`.
private struct Generation: Decodable {
  var endTokens: OneOrMore?
  var beginningTokens: OneOrMore?

  enum CodingKeys: String, CodingKey {
    case endTokens = "eos_token_id"
    case beginningTokens = "bos_token_id"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    endTokens = try container.decodeIfPresent(OneOrMore.self, forKey: .endTokens)
    beginningTokens = (try? container.decodeIfPresent(OneOrMore.self, forKey: .beginningTokens)) ?? nil
  }
}

/// `tokenizer_config.json`.
private struct TokenizerSettings: Decodable {
  var endToken: TokenSpelling?
  /// The maximum length of a text; files say 10³⁰ where there is no limit.
  var contextLength: Int?

  enum CodingKeys: String, CodingKey {
    case endToken = "eos_token"
    case contextLength = "model_max_length"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    endToken = try container.decodeIfPresent(TokenSpelling.self, forKey: .endToken)
    let length = (try? container.decodeIfPresent(Double.self, forKey: .contextLength)) ?? nil
    contextLength = length.flatMap { (1..<1e9).contains($0) ? Int($0) : nil }
  }
}
