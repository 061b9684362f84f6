#if LlamaCpp
  /// Whole models of a few kilobytes with seeded random weights, as GGUF files.
  struct TinyModel {
    var vocabulary = TinyVocabulary()
    var dimension = 32
    var heads = 2
    var contextLength = 64
    var seed: UInt64 = 1
    var isTied = false

    /// A transformer of the llama family.
    func transformer() -> GGUFWriter {
      var random = SeededRandom(seed: seed)
      let (d, v) = (dimension, vocabulary.count)
      var file = GGUFWriter()
      file.metadata =
        [
          ("general.architecture", .string("llama")),
          ("llama.context_length", .uint32(UInt32(contextLength))),
          ("llama.embedding_length", .uint32(UInt32(d))),
          ("llama.block_count", .uint32(2)),
          ("llama.feed_forward_length", .uint32(UInt32(2 * d))),
          ("llama.attention.head_count", .uint32(UInt32(heads))),
          ("llama.attention.layer_norm_rms_epsilon", .float(1e-5)),
        ] + vocabulary.metadata
      file.tensors = [.init("token_embd.weight", shape: [d, v], random.floats(d * v))]
      if !isTied { file.tensors.append(.init("output.weight", shape: [d, v], random.floats(d * v))) }
      file.tensors.append(.init("output_norm.weight", shape: [d], ones(d)))
      for layer in 0..<2 {
        let block = "blk.\(layer)."
        for name in ["attn_norm", "ffn_norm"] {
          file.tensors.append(.init(block + name + ".weight", shape: [d], ones(d)))
        }
        file.tensors += attention(block, &random) + feedForward(block, &random)
      }
      return file
    }

    /// A layer's attention with as many heads of keys as of queries.
    func attention(_ block: String, _ random: inout SeededRandom) -> [GGUFWriter.Tensor] {
      let d = dimension
      return ["attn_q", "attn_k", "attn_v", "attn_output"].map { name in
        .init(block + name + ".weight", shape: [d, d], random.floats(d * d))
      }
    }

    /// A layer's gated feed-forward network.
    func feedForward(_ block: String, _ random: inout SeededRandom) -> [GGUFWriter.Tensor] {
      let (d, f) = (dimension, 2 * dimension)
      return [
        .init(block + "ffn_gate.weight", shape: [d, f], random.floats(d * f)),
        .init(block + "ffn_up.weight", shape: [d, f], random.floats(d * f)),
        .init(block + "ffn_down.weight", shape: [f, d], random.floats(d * f)),
      ]
    }

    func ones(_ count: Int) -> [Float] { Array(repeating: 1, count: count) }
  }

  /// A SentencePiece vocabulary with byte fall-back, a few words and the tokens of a conversation.
  struct TinyVocabulary {
    var addsSpacePrefix = true
    var hasBytes = true
    var chatTemplate: String?
    /// More words, after the others.
    var moreWords: [String] = []
    private let words = ["t", "h", "e", "a", "c", "▁", "▁t", "he", "▁the", "ca", "cat", "▁cat", "\n"]
    private let turns = ["<|im_start|>", "<|im_end|>"]

    /// Spelling, score and type (as GGUF numbers them) of all tokens.
    private var tokens: [(spelling: String, score: Float, type: Int32)] {
      var tokens: [(String, Float, Int32)] = [("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3)]
      if hasBytes {
        for byte in 0..<256 {
          let digits = String(byte, radix: 16, uppercase: true)
          tokens.append(("<0x\(digits.count < 2 ? "0" : "")\(digits)>", 0, 6))
        }
      }
      for (index, word) in (words + moreWords).enumerated() { tokens.append((word, Float(index) - 20, 1)) }
      tokens += turns.map { ($0, 0, 3) }
      return tokens + [("<user>", 0, 4), ("<nothing>", 0, 5)]
    }

    var count: Int { tokens.count }

    var metadata: [(key: String, value: GGUFWriter.Value)] {
      var metadata: [(key: String, value: GGUFWriter.Value)] = [
        ("tokenizer.ggml.model", .string("llama")),
        ("tokenizer.ggml.tokens", .strings(tokens.map { Array($0.spelling.utf8) })),
        ("tokenizer.ggml.scores", .floats(tokens.map(\.score))),
        ("tokenizer.ggml.token_type", .int32s(tokens.map(\.type))),
        ("tokenizer.ggml.bos_token_id", .uint32(1)),
        ("tokenizer.ggml.eos_token_id", .uint32(2)),
        ("tokenizer.ggml.unknown_token_id", .uint32(0)),
        ("tokenizer.ggml.add_space_prefix", .bool(addsSpacePrefix)),
      ]
      if let chatTemplate { metadata.append(("tokenizer.chat_template", .string(chatTemplate))) }
      return metadata
    }

    /// The index of a token by its spelling.
    func id(_ spelling: String) -> Int {
      guard let id = tokens.firstIndex(where: { $0.spelling == spelling }) else {
        preconditionFailure("\(spelling) is no token.")
      }
      return id
    }
  }

  /// The SplitMix64 generator: the same numbers everywhere for one seed.
  struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
      state = seed
    }

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var bits = state
      bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
      bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
      return bits ^ (bits >> 31)
    }

    /// Numbers between -0.5 and 0.5.
    mutating func floats(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float.random(in: -0.5...0.5, using: &self) }
    }
  }
#endif
