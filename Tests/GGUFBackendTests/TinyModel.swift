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
      let (d, f, v) = (dimension, 2 * dimension, vocabulary.count)
      var file = GGUFWriter()
      file.metadata =
        [
          ("general.architecture", .string("llama")),
          ("llama.context_length", .uint32(UInt32(contextLength))),
          ("llama.embedding_length", .uint32(UInt32(d))),
          ("llama.block_count", .uint32(2)),
          ("llama.feed_forward_length", .uint32(UInt32(f))),
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
        for name in ["attn_q", "attn_k", "attn_v", "attn_output"] {
          file.tensors.append(.init(block + name + ".weight", shape: [d, d], random.floats(d * d)))
        }
        for name in ["ffn_gate", "ffn_up"] {
          file.tensors.append(.init(block + name + ".weight", shape: [d, f], random.floats(d * f)))
        }
        file.tensors.append(.init(block + "ffn_down.weight", shape: [f, d], random.floats(d * f)))
      }
      return file
    }

    /// A recurrent model of the mamba family: its memory cannot drop the end of a text.
    func recurrent() -> GGUFWriter {
      var random = SeededRandom(seed: seed)
      let (d, v) = (dimension, vocabulary.count)
      let (inner, state, rank, kernel) = (2 * d, 8, 2, 4)
      var file = GGUFWriter()
      file.metadata =
        [
          ("general.architecture", .string("mamba")),
          ("mamba.context_length", .uint32(UInt32(contextLength))),
          ("mamba.embedding_length", .uint32(UInt32(d))),
          ("mamba.feed_forward_length", .uint32(0)),
          ("mamba.attention.head_count", .uint32(0)),
          ("mamba.block_count", .uint32(1)),
          ("mamba.ssm.conv_kernel", .uint32(UInt32(kernel))),
          ("mamba.ssm.inner_size", .uint32(UInt32(inner))),
          ("mamba.ssm.state_size", .uint32(UInt32(state))),
          ("mamba.ssm.time_step_rank", .uint32(UInt32(rank))),
          ("mamba.attention.layer_norm_rms_epsilon", .float(1e-5)),
        ] + vocabulary.metadata
      let block = "blk.0."
      file.tensors = [
        .init("token_embd.weight", shape: [d, v], random.floats(d * v)),
        .init("output_norm.weight", shape: [d], ones(d)),
        .init(block + "attn_norm.weight", shape: [d], ones(d)),
        .init(block + "ssm_in.weight", shape: [d, 2 * inner], random.floats(d * 2 * inner)),
        .init(block + "ssm_conv1d.weight", shape: [kernel, inner], random.floats(kernel * inner)),
        .init(block + "ssm_conv1d.bias", shape: [inner], random.floats(inner)),
        .init(block + "ssm_x.weight", shape: [inner, rank + 2 * state], random.floats(inner * (rank + 2 * state))),
        .init(block + "ssm_dt.weight", shape: [rank, inner], random.floats(rank * inner)),
        .init(block + "ssm_dt.bias", shape: [inner], random.floats(inner)),
        .init(block + "ssm_a", shape: [state, inner], random.floats(state * inner).map { -abs($0) - 0.1 }),
        .init(block + "ssm_d", shape: [inner], random.floats(inner)),
        .init(block + "ssm_out.weight", shape: [inner, d], random.floats(inner * d)),
      ]
      return file
    }

    private func ones(_ count: Int) -> [Float] { Array(repeating: 1, count: count) }
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

    /// The place of a token by its spelling.
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
