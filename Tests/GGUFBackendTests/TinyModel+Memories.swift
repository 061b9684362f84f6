#if LlamaCpp
  /// Models whose memory is more than keys and values of all tokens.
  extension TinyModel {
    private static let (state, rank, kernel) = (8, 2, 4)

    /// A recurrent model of the mamba family: its memory cannot drop the end of a text.
    func recurrent() -> GGUFWriter {
      var random = SeededRandom(seed: seed)
      var file = GGUFWriter()
      file.metadata =
        metadata(of: "mamba", layers: 1, feedForward: 0) + [("mamba.attention.head_count", .uint32(0))]
        + recurrence(of: "mamba") + vocabulary.metadata
      file.tensors = ends(&random) + [norm("blk.0.attn_norm")] + recurrence("blk.0.", &random)
      return file
    }

    /// A hybrid model of the jamba family: a recurrent layer, then one with attention.
    func hybrid() -> GGUFWriter {
      var random = SeededRandom(seed: seed)
      var file = GGUFWriter()
      file.metadata =
        metadata(of: "jamba", layers: 2, feedForward: 2 * dimension) + [
          ("jamba.attention.head_count", .uint32(UInt32(heads))),
          ("jamba.attention.head_count_kv", .int32s([0, Int32(heads)])),
        ] + recurrence(of: "jamba") + vocabulary.metadata
      file.tensors = ends(&random) + recurrence("blk.0.", &random) + attention("blk.1.", &random)
      for (name, length) in [("dt", Self.rank), ("b", Self.state), ("c", Self.state)] {
        file.tensors.append(.init("blk.0.ssm_\(name)_norm.weight", shape: [length], ones(length)))
      }
      for layer in 0..<2 {
        file.tensors += ["attn_norm", "ffn_norm"].map { norm("blk.\(layer).\($0)") }
        file.tensors += feedForward("blk.\(layer).", &random)
      }
      return file
    }

    /// A model of the gemma 2 family: every other layer looks back over a window of few tokens.
    func sliding(window: Int) -> GGUFWriter {
      var random = SeededRandom(seed: seed)
      var file = GGUFWriter()
      file.metadata =
        metadata(of: "gemma2", layers: 2, feedForward: 2 * dimension) + [
          ("gemma2.attention.head_count", .uint32(UInt32(heads))),
          ("gemma2.attention.key_length", .uint32(UInt32(dimension / heads))),
          ("gemma2.attention.value_length", .uint32(UInt32(dimension / heads))),
          ("gemma2.attention.sliding_window", .uint32(UInt32(window))),
        ] + vocabulary.metadata
      file.tensors = ends(&random).filter { $0.name != "output.weight" }
      for layer in 0..<2 {
        let block = "blk.\(layer)."
        let norms = ["attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm"]
        file.tensors += norms.map { norm(block + $0) } + attention(block, &random) + feedForward(block, &random)
      }
      return file
    }

    private func metadata(
      of architecture: String, layers: Int, feedForward: Int
    ) -> [(key: String, value: GGUFWriter.Value)] {
      [
        ("general.architecture", .string(architecture)),
        ("\(architecture).context_length", .uint32(UInt32(contextLength))),
        ("\(architecture).embedding_length", .uint32(UInt32(dimension))),
        ("\(architecture).feed_forward_length", .uint32(UInt32(feedForward))),
        ("\(architecture).block_count", .uint32(UInt32(layers))),
        ("\(architecture).attention.layer_norm_rms_epsilon", .float(1e-5)),
      ]
    }

    private func recurrence(of architecture: String) -> [(key: String, value: GGUFWriter.Value)] {
      [
        ("\(architecture).ssm.conv_kernel", .uint32(UInt32(Self.kernel))),
        ("\(architecture).ssm.inner_size", .uint32(UInt32(2 * dimension))),
        ("\(architecture).ssm.state_size", .uint32(UInt32(Self.state))),
        ("\(architecture).ssm.time_step_rank", .uint32(UInt32(Self.rank))),
      ]
    }

    /// The tables before the first layer and after the last one.
    private func ends(_ random: inout SeededRandom) -> [GGUFWriter.Tensor] {
      let (d, v) = (dimension, vocabulary.count)
      var ends: [GGUFWriter.Tensor] = [
        .init("token_embd.weight", shape: [d, v], random.floats(d * v)), norm("output_norm"),
      ]
      if !isTied { ends.append(.init("output.weight", shape: [d, v], random.floats(d * v))) }
      return ends
    }

    private func norm(_ name: String) -> GGUFWriter.Tensor {
      .init(name + ".weight", shape: [dimension], ones(dimension))
    }

    private func recurrence(_ block: String, _ random: inout SeededRandom) -> [GGUFWriter.Tensor] {
      let (d, inner) = (dimension, 2 * dimension)
      let (state, rank, kernel) = (Self.state, Self.rank, Self.kernel)
      return [
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
    }
  }
#endif
