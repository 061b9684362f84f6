#if LlamaCpp
  /// Files with a small tokenizer of other kinds than ``TinyVocabulary``'s, and no weights.
  enum TinyTokenizers {
    /// Byte-pair encoding of GPT-2's kind.
    ///
    /// - Parameters:
    ///   - merges: Pairs of pieces; the result of each is a token.
    ///   - controls: Control tokens; those that merges produce are not normal ones.
    ///   - preTokenizer: The pre-tokeniser, which splits texts into words.
    ///   - missing: Bytes without a token.
    static func bytePairs(
      merges: [(String, String)], controls: [String] = [], preTokenizer: String = "gpt-2",
      without missing: Set<Int> = []
    ) -> GGUFWriter {
      var tokens = (0...255).filter { !missing.contains($0) }.map { (String(byteLetter($0)), Int32(1)) }
      for (left, right) in merges where !controls.contains(left + right) { tokens.append((left + right, 1)) }
      tokens += controls.map { ($0, 3) }
      return file(
        "gpt2", tokens: tokens,
        more: [
          ("tokenizer.ggml.pre", .string(preTokenizer)),
          ("tokenizer.ggml.merges", .strings(merges.map { Array("\($0) \($1)".utf8) })),
        ])
    }

    /// The longest match, as RWKV's models read.
    static func longestMatch(words: [String], controls: [String] = []) -> GGUFWriter {
      let bytes = (0...255).map { byte in
        let digits = String(byte, radix: 16)
        return ("\\x\(digits.count < 2 ? "0" : "")\(digits)", Int32(1))
      }
      return file("rwkv", tokens: controls.map { ($0, 3) } + bytes + words.map { ($0, 1) }, more: [])
    }

    /// The longest match inside words, as BERT reads. llama.cpp marks the pieces that begin a word.
    static func wordPieces(words: [String]) -> GGUFWriter {
      let controls = ["[UNK]", "[CLS]", "[SEP]"]
      return file(
        "bert", tokens: controls.map { ($0, 3) } + (words.map { "\u{2581}" + $0 } + words).map { ($0, 1) },
        more: [("tokenizer.ggml.cls_token_id", .uint32(1)), ("tokenizer.ggml.seperator_token_id", .uint32(2))])
    }

    /// The likeliest pieces, as T5 reads.
    static func unigram(words: [String]) -> GGUFWriter {
      let tokens: [(String, Int32)] = [("<unk>", 2), ("</s>", 3), ("\u{2581}", 1)] + words.map { ($0, 1) }
      return file(
        "t5", tokens: tokens,
        more: [
          ("tokenizer.ggml.scores", .floats(tokens.indices.map { -Float($0) })),
          ("tokenizer.ggml.unknown_token_id", .uint32(0)), ("tokenizer.ggml.eos_token_id", .uint32(1)),
          // The length of a table of normal forms, its one entry, and a text that it could point to.
          ("tokenizer.ggml.precompiled_charsmap", .bytes([4, 0, 0, 0, 0, 0, 0, 0, 0x61, 0])),
        ])
    }

    private static func file(
      _ model: String, tokens: [(String, Int32)], more: [(key: String, value: GGUFWriter.Value)]
    ) -> GGUFWriter {
      var file = GGUFWriter()
      file.metadata =
        [
          ("general.architecture", .string("llama")),
          ("llama.context_length", .uint32(64)),
          ("llama.embedding_length", .uint32(8)),
          ("llama.block_count", .uint32(1)),
          ("llama.feed_forward_length", .uint32(8)),
          ("llama.attention.head_count", .uint32(1)),
          ("llama.attention.layer_norm_rms_epsilon", .float(1e-5)),
          ("tokenizer.ggml.model", .string(model)),
          ("tokenizer.ggml.tokens", .strings(tokens.map { Array($0.0.utf8) })),
          ("tokenizer.ggml.token_type", .int32s(tokens.map(\.1))),
        ] + more
      return file
    }

    /// The letter that represents a byte in GPT-2's vocabularies.
    private static func byteLetter(_ byte: Int) -> Character {
      let printable = Array(0x21...0x7E) + Array(0xA1...0xAC) + Array(0xAE...0xFF)
      let code = printable.contains(byte) ? byte : 256 + (0..<byte).count { !printable.contains($0) }
      guard let scalar = Unicode.Scalar(code) else { preconditionFailure("\(code) is no character.") }
      return Character(scalar)
    }
  }
#endif
