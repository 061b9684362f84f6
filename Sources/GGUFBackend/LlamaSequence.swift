#if LlamaCpp
  import ModelBackends

  /// The tokens that a model has read, with llama.cpp's state after them, which can go back. Belongs to one session.
  ///
  /// Keys and values of attention are cut where the text is. The state of recurrent layers cannot be cut: of models that
  /// have some, the last few states are copied, one after each of the last tokens, and the sequence goes back to the
  /// newest that is not too new. Each copy costs what one sequence's recurrent state does (a megabyte or less for small
  /// models, up to about a hundred for the largest), whatever the length of the text; other models cost nothing.
  final class LlamaSequence {
    /// How many states are kept.
    private static let maximumSnapshots = 8
    /// After how many of a text's last tokens a state is kept: a text's tail is read anew a few tokens back, seldom more.
    private static let tail = 4

    /// The engine, which one sequence alone uses.
    let context: LlamaContext
    private var recent = RecentLogits()
    private var tokens: [TokenID] = []
    private let batchSize: Int
    private let isRecurrent: Bool
    /// Earlier states, oldest first. Empty where the state can be cut.
    private var snapshots: [(count: Int, state: [UInt8])] = []

    /// Starts before the first token.
    init(_ context: LlamaContext, batchSize: Int) {
      self.context = context
      self.batchSize = batchSize
      isRecurrent = context.isRecurrent
    }

    /// Reads a text: goes back to where it differs from the one before, and on from there.
    ///
    /// - Parameters:
    ///   - wanted: All tokens of the text.
    ///   - needed: After how many of them ``logits(after:)`` has to know the logits.
    /// - Returns: What it took.
    /// - Throws: `BackendError`; `CancellationError` where the task was cancelled. The sequence is empty then: what
    ///   llama.cpp holds after a failure is uncertain.
    func read(_ wanted: [TokenID], needed: ClosedRange<Int>) throws -> Prediction.Work {
      let cached = tokens.count
      let plan = CachePlan(cached: tokens, wanted: wanted, needed: needed, recent: recent)
      // Nothing is thrown away for a text whose logits are known: the next one may go on as the cached one did.
      guard !plan.evaluated.isEmpty else { return Prediction.Work(kept: wanted.count) }
      try Task.checkCancellation()
      recent.forget(after: plan.common)
      rollBack(to: plan.kept)
      let kept = tokens.count
      do {
        try append(wanted[kept...], needed: needed)
      } catch {
        clear()
        // A batch that was stopped fails; what the caller did comes before what the engine says about it.
        throw Task.isCancelled ? CancellationError() : error
      }
      return Prediction.Work(kept: kept, dropped: cached - kept, evaluated: wanted.count - kept)
    }

    /// The logits after the first tokens of the text that was read last.
    ///
    /// - Precondition: They were needed there.
    func logits(after count: Int) -> [Float] {
      guard let logits = recent[count] else { preconditionFailure("Logits after \(count) tokens are not known.") }
      return logits
    }

    /// Evaluates what branches off the text that was read last, which stays.
    ///
    /// One batch does it where the model's memory can hold branches beside the text; else one is read after the other.
    ///
    /// - Returns: The logits after each node, and what it took.
    /// - Throws: As ``read(_:needed:)`` does.
    func evaluate(_ tree: TokenTree, contextLength: Int) throws -> (logits: [[Float]], work: Prediction.Work) {
      guard !tree.nodes.isEmpty else { return ([], Prediction.Work()) }
      // What is known of the text may be less than what is cached.
      let fits = max(tokens.count, tree.trunk.count) + tree.nodes.count <= contextLength
      guard tree.leaves.count <= context.branchLimit, tree.nodes.count <= batchSize, fits else {
        return try evaluateInTurn(tree)
      }
      do {
        try Task.checkCancellation()
        return (try context.evaluate(tree.nodes), Prediction.Work(evaluated: tree.nodes.count))
      } catch {
        clear()
        throw Task.isCancelled ? CancellationError() : error
      }
    }

    private func evaluateInTurn(_ tree: TokenTree) throws -> (logits: [[Float]], work: Prediction.Work) {
      var work = Prediction.Work()
      let answers = try tree.nodes.indices.map { node in
        let text = tree.tokens(through: node)
        work = work + (try read(text, needed: text.count...text.count))
        return logits(after: text.count)
      }
      let count = tree.trunk.count
      return (answers, work + (try read(tree.trunk, needed: count...count)))
    }

    /// Goes back to the first tokens, or to fewer where the state cannot be cut there.
    private func rollBack(to count: Int) {
      guard count < tokens.count else { return }
      var kept = 0
      if !isRecurrent {
        if count > 0, context.truncate(to: count) { kept = count }
      } else if let newest = snapshots.last(where: { $0.count <= count }) {
        if context.restore(newest.state, at: newest.count) { kept = newest.count }
      }
      if kept == 0 { context.clear() }
      tokens.removeLast(tokens.count - kept)
      snapshots.removeAll { $0.count > kept }
    }

    /// Reads more tokens, batch by batch.
    private func append(_ more: ArraySlice<TokenID>, needed: ClosedRange<Int>) throws {
      var rest = more
      while !rest.isEmpty {
        try Task.checkCancellation()
        let batch = rest.prefix(isRecurrent ? min(batchSize, max(1, rest.count - Self.tail)) : batchSize)
        rest = rest.dropFirst(batch.count)
        let end = tokens.count + batch.count
        let outputs = min(batch.count, max(0, end - needed.lowerBound + 1))
        let logits = try context.evaluate(batch, at: tokens.count, outputs: outputs)
        tokens += batch
        for (count, logits) in zip(end - outputs + 1..<end + 1, logits) {
          recent.keep(logits, after: count, needed: needed)
        }
        if isRecurrent, rest.count <= Self.tail { try keepSnapshot() }
      }
    }

    private func keepSnapshot() throws {
      snapshots.append((tokens.count, try context.snapshot()))
      if snapshots.count > Self.maximumSnapshots { snapshots.removeFirst() }
    }

    private func clear() {
      context.clear()
      tokens = []
      snapshots = []
      recent = RecentLogits()
    }
  }
#endif
