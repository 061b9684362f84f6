#if LlamaCpp
  import CLlamaShim
  import ModelBackends

  /// One sequence's keys and values in llama.cpp. Belongs to one session, which alone uses it; only ``stop()`` may be called
  /// from anywhere.
  final class LlamaContext: @unchecked Sendable {
    private let handle: OpaquePointer
    private let model: LlamaModel

    /// Reserves the memory of a session.
    ///
    /// - Throws: `BackendError`.
    init(_ model: LlamaModel, contextLength: Int, options: GGUFBackend.Options) throws {
      var handle: OpaquePointer?
      let threads = options.threads.map(Int32.init) ?? max(1, deepen_llama_core_count() / 2)
      try options.cacheType.rawValue.withCString { cacheType in
        var shimOptions = deepen_llama_context_options(
          context_length: UInt32(contextLength), batch_size: UInt32(min(options.batchSize, contextLength)),
          threads: threads, cache_type: cacheType, flash_attention: options.usesFlashAttention)
        try check(model.name) { deepen_llama_context_make(model.handle, &shimOptions, &handle, $0) }
      }
      guard let handle else { preconditionFailure("A context that was made has a handle.") }
      self.handle = handle
      self.model = model
    }

    deinit {
      deepen_llama_context_free(handle)
    }

    /// Drops everything from a position on; `false` where the model's memory cannot.
    func truncate(to position: Int) -> Bool {
      var message = deepen_llama_message()
      return deepen_llama_truncate(handle, Int32(position), &message) == DEEPEN_LLAMA_OK
    }

    /// Ends an evaluation that runs now, and every later one until ``goOn()``, with an error.
    func stop() {
      deepen_llama_stop(handle)
    }

    /// Lets evaluations run to their end again.
    func goOn() {
      deepen_llama_go_on(handle)
    }

    /// Forgets everything.
    func clear() {
      deepen_llama_clear(handle)
    }

    /// Evaluates at most a batch of tokens; returns the logits after the last one, `[vocabulary]`, or nothing.
    func evaluate(_ tokens: ArraySlice<TokenID>, at position: Int, wantsLogits: Bool) throws -> [Float] {
      let ids = tokens.map(Int32.init)
      let count = wantsLogits ? Int(deepen_llama_token_count(model.handle)) : 0
      return try [Float](unsafeUninitializedCapacity: count) { logits, initialized in
        let output = wantsLogits ? logits.baseAddress : nil
        try check(model.name) {
          deepen_llama_evaluate(handle, ids, Int32(ids.count), Int32(position), output, $0)
        }
        initialized = count
      }
    }
  }
#endif
