#if LlamaCpp
  import BackendSupport
  import CLlamaShim
  import ModelBackends

  /// One sequence's keys and values in llama.cpp. Belongs to one session, which alone uses it; only ``stop()`` may be
  /// called from any thread.
  final class LlamaContext: @unchecked Sendable {
    private let handle: OpaquePointer
    private let model: LlamaModel
    /// The maximum number of tokens in one evaluation.
    let batchLimit: Int

    /// The minimum capacity for a tree of continuations, in tokens, however short the batches of prompts are.
    private static let leastBatch = 512

    /// Reserves the memory of a session.
    ///
    /// - Throws: `BackendError`.
    init(_ model: LlamaModel, contextLength: Int, options: GGUFBackend.Options) throws {
      var handle: OpaquePointer?
      batchLimit = min(max(options.batchSize, Self.leastBatch), contextLength)
      let batchLimit = batchLimit
      let threads = options.threads.map(Int32.init) ?? max(1, deepen_llama_core_count() / 2)
      try options.cacheType.rawValue.withCString { cacheType in
        var shimOptions = deepen_llama_context_options(
          context_length: UInt32(contextLength), batch_size: UInt32(batchLimit),
          threads: threads, cache_type: cacheType, flash_attention: options.usesFlashAttention)
        try check(model.name) { deepen_llama_context_make(model.handle, &shimOptions, &handle, $0) }
      }
      guard let handle else { preconditionFailure("A created context has a handle.") }
      self.handle = handle
      self.model = model
    }

    deinit {
      deepen_llama_context_free(handle)
    }

    /// Whether the end of a text can be dropped only by restoring a snapshot: in recurrent and hybrid models.
    var isRecurrent: Bool { deepen_llama_is_recurrent(model.handle) }

    /// The number of threads that evaluations use.
    var threadCount: Int { Int(deepen_llama_thread_count(handle)) }

    /// Drops everything from a position on; `false` where the model's memory cannot, which has to be cleared then
    /// unless it is recurrent.
    func truncate(to position: Int) -> Bool {
      var message = deepen_llama_message()
      return deepen_llama_truncate(handle, Int32(position), &message) == DEEPEN_LLAMA_OK
    }

    /// A copy of the state that cannot be cut: all of it in a recurrent model, the recurrent layers' in a hybrid one.
    ///
    /// - Throws: `BackendError`.
    func snapshot() throws -> [UInt8] {
      var size = 0
      try check(model.name) { deepen_llama_snapshot_size(handle, &size, $0) }
      return try [UInt8](unsafeUninitializedCapacity: size) { bytes, initialized in
        try check(model.name) { deepen_llama_take_snapshot(handle, bytes.baseAddress, size, $0) }
        initialized = size
      }
    }

    /// Restores the snapshot that was taken after the first `position` tokens; `false` where the model cannot, which
    /// has to be cleared then.
    func restore(_ snapshot: [UInt8], at position: Int) -> Bool {
      var message = deepen_llama_message()
      return deepen_llama_restore(handle, snapshot, snapshot.count, Int32(position), &message) == DEEPEN_LLAMA_OK
    }

    /// Ends the current evaluation, and every later one until ``goOn()``, with an error.
    func stop() {
      deepen_llama_stop(handle)
    }

    /// Lets evaluations run to their end again.
    func goOn() {
      deepen_llama_go_on(handle)
    }

    /// Clears the sequence.
    func clear() {
      deepen_llama_clear(handle)
    }

    /// The maximum number of leaves in a tree; 0 in recurrent and hybrid models.
    var branchLimit: Int { Int(deepen_llama_branch_limit(handle)) }

    /// Evaluates at most a batch of tokens: some of a text, and some that branch off it, which are then dropped.
    ///
    /// - Parameters:
    ///   - tokens: Tokens of a text, which follow those before their start index.
    ///   - counts: The token counts of the text after which logits are needed, ascending; each within `tokens`.
    ///   - nodes: Branches of the text, `tokens` included.
    /// - Returns: The logits after each of the counts and after each node, `[vocabulary]` each.
    /// - Throws: `BackendError`; the sequence has to be cleared then.
    func evaluate(
      _ tokens: ArraySlice<TokenID>, outputs counts: [Int], branches nodes: [TokenTree.Node] = []
    ) throws -> (rows: [[Float]], nodes: [[Float]]) {
      let ids = tokens.map(Int32.init)
      let outputs = counts.map { Int32($0 - tokens.startIndex - 1) }
      try nodes.map { Int32($0.token) }.withUnsafeBufferPointer { nodeTokens in
        try nodes.map { Int32($0.parent ?? -1) }.withUnsafeBufferPointer { parents in
          try nodes.map { Int32($0.position) }.withUnsafeBufferPointer { positions in
            var tree = deepen_llama_tree(
              tokens: nodeTokens.baseAddress, parents: parents.baseAddress, positions: positions.baseAddress,
              count: Int32(nodes.count))
            try check(model.name) {
              deepen_llama_evaluate(
                handle, ids, Int32(ids.count), Int32(tokens.startIndex), outputs, Int32(outputs.count), &tree, $0)
            }
          }
        }
      }
      return (try outputs.map(logits), try nodes.indices.map { try logits(Int32(ids.count + $0)) })
    }

    /// A copy of the logits after a token of the last batch.
    private func logits(_ index: Int32) throws -> [Float] {
      var row: UnsafePointer<Float>?
      try check(model.name) { deepen_llama_logits(handle, index, &row, $0) }
      return Array(UnsafeBufferPointer(start: row, count: Int(deepen_llama_token_count(model.handle))))
    }
  }
#endif
