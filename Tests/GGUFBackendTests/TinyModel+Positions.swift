#if LlamaCpp
  extension TinyModel {
    /// A transformer of the GPT-2 family: a vector for each position, and biases.
    func positional() -> GGUFWriter {
      var random = SeededRandom(seed: seed)
      let (d, f, v) = (dimension, 2 * dimension, vocabulary.count)
      var file = GGUFWriter()
      file.metadata =
        [
          ("general.architecture", .string("gpt2")),
          ("gpt2.context_length", .uint32(UInt32(contextLength))),
          ("gpt2.embedding_length", .uint32(UInt32(d))),
          ("gpt2.block_count", .uint32(1)),
          ("gpt2.feed_forward_length", .uint32(UInt32(f))),
          ("gpt2.attention.head_count", .uint32(UInt32(heads))),
          ("gpt2.attention.layer_norm_epsilon", .float(1e-5)),
        ] + vocabulary.metadata
      file.tensors = [
        .init("token_embd.weight", shape: [d, v], random.floats(d * v)),
        .init("position_embd.weight", shape: [d, contextLength], random.floats(d * contextLength)),
      ]
      for name in ["output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"] {
        file.tensors.append(.init(name + ".weight", shape: [d], ones(d)))
        file.tensors.append(.init(name + ".bias", shape: [d], random.floats(d)))
      }
      for (name, inputs, outputs) in [
        ("attn_qkv", d, 3 * d), ("attn_output", d, d), ("ffn_up", d, f), ("ffn_down", f, d),
      ] {
        file.tensors.append(
          .init("blk.0.\(name).weight", shape: [inputs, outputs], random.floats(inputs * outputs)))
        file.tensors.append(.init("blk.0.\(name).bias", shape: [outputs], random.floats(outputs)))
      }
      return file
    }
  }
#endif
