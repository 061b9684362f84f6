#if LlamaCpp
  import ModelBackends

  /// The tokens that a model has read, with llama.cpp's state after them, which can go back. Belongs to one session.
  ///
  /// Keys and values of attention are cut where the text is. The state of recurrent layers cannot be cut: of models
  /// that have some, the last few states are copied, after whole passes and after each of the last tokens, and the
  /// sequence goes back to the newest that is not too new. Each copy costs what one sequence's recurrent state does (a
  /// megabyte or less for small models, up to about a hundred for the largest), whatever the length of the text; other
  /// models cost nothing.
  final class LlamaSequence {
    /// How many states after a text's last tokens are kept.
    private static let maximumSnapshots = 8
    /// How many states after whole passes are kept: texts that begin an answer go back to these.
    private static let maximumPassSnapshots = 4
    /// After how many of a text's last tokens a state is kept: a text's tail is read anew a few tokens back, seldom
    /// more.
    private static let tail = 4

    private typealias Snapshot = (count: Int, state: [UInt8])

    /// The engine, which one sequence alone uses.
    let context: LlamaContext
    private var recent = RecentLogits()
    private var tokens: [TokenID] = []
    private var plan: PassPlan
    private let batchSize: Int
    private let isRecurrent: Bool
    /// Earlier states, oldest first. Empty where the state can be cut.
    private var snapshots: [Snapshot] = []
    /// Earlier states after whole passes, oldest first.
    private var passSnapshots: [Snapshot] = []

    /// Starts before the first token.
    init(_ context: LlamaContext, batchSize: Int) {
      self.context = context
      self.batchSize = batchSize
      plan = PassPlan(stride: batchSize)
      isRecurrent = context.isRecurrent
    }

    /// How many tokens of the text were read in whole passes.
    var wholePasses: Int { plan.whole }

    /// Reads a text: goes back to what an answer to it may build on (`PassPlan`), and on from there.
    ///
    /// - Parameters:
    ///   - wanted: All tokens of the text.
    ///   - text: The text.
    ///   - needed: After how many of them ``logits(after:)`` has to know the logits.
    /// - Returns: What it took.
    /// - Throws: `BackendError`; `CancellationError` where the task was cancelled. The sequence is empty then: what
    ///   llama.cpp holds after a failure is uncertain.
    func read(_ wanted: [TokenID], of text: ContextText, needed: ClosedRange<Int>) throws -> Prediction.Work {
      let reading = plan.reading(of: text, outputs: needed)
      let work =
        switch reading {
        case .afresh: try readAfresh(wanted, needed: needed)
        case .onward: try readOn(wanted, needed: needed)
        }
      plan.finish(reading, of: text, outputs: needed)
      return work
    }

    /// Reads a text that begins an answer, and shows the logits after each token that is needed.
    ///
    /// - Throws: As ``read(_:of:needed:)`` does, and what `body` throws.
    func readAll(
      _ wanted: [TokenID], of text: ContextText, needed: ClosedRange<Int>,
      _ body: @escaping (_ logits: [Float], _ count: Int) throws -> Void
    ) throws -> Prediction.Work {
      let work = try readAfresh(wanted, needed: needed, showing: body)
      plan.finish(.afresh, of: text, outputs: needed)
      plan.disturb()
      return work
    }

    private func readAfresh(
      _ wanted: [TokenID], needed: ClosedRange<Int>,
      showing body: ((_ logits: [Float], _ count: Int) throws -> Void)? = nil
    ) throws -> Prediction.Work {
      let cached = tokens.count
      try Task.checkCancellation()
      let common = zip(tokens, wanted).prefix { $0 == $1 }.count
      rollBack(to: plan.kept(common: common, outputs: needed), among: passSnapshots)
      recent = RecentLogits()
      let kept = tokens.count
      try append(wanted[kept...], needed: needed, endsWholePasses: true, showing: body)
      return Prediction.Work(kept: kept, dropped: cached - kept, evaluated: wanted.count - kept)
    }

    private func readOn(_ wanted: [TokenID], needed: ClosedRange<Int>) throws -> Prediction.Work {
      let cached = tokens.count
      let plan = CachePlan(cached: tokens, wanted: wanted, needed: needed, recent: recent)
      // Nothing is thrown away for a text whose logits are known: the next one may go on as the cached one did.
      guard !plan.evaluated.isEmpty else { return Prediction.Work(kept: wanted.count) }
      try Task.checkCancellation()
      recent.forget(after: plan.common)
      rollBack(to: plan.kept, among: snapshots + passSnapshots)
      let kept = tokens.count
      try append(wanted[kept...], needed: needed, endsWholePasses: false)
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
      guard tree.leaves.count <= context.branchLimit, tree.nodes.count <= context.batchLimit, fits else {
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
        work = work + (try readOn(text, needed: text.count...text.count))
        return logits(after: text.count)
      }
      let count = tree.trunk.count
      work = work + (try readOn(tree.trunk, needed: count...count))
      plan.disturb()
      return (answers, work)
    }

    /// Goes back to the first tokens, or to fewer where the state cannot be cut there.
    private func rollBack(to count: Int, among snapshots: [Snapshot]) {
      guard count < tokens.count else { return }
      var kept = 0
      if !isRecurrent {
        if count > 0, context.truncate(to: count) { kept = count }
      } else if let newest = snapshots.filter({ $0.count <= count }).max(by: { $0.count < $1.count }) {
        if context.restore(newest.state, at: newest.count) { kept = newest.count }
      }
      if kept == 0 { context.clear() }
      tokens.removeLast(tokens.count - kept)
      self.snapshots.removeAll { $0.count > kept }
      passSnapshots.removeAll { $0.count > kept }
      plan.cut(to: kept)
    }

    /// Reads more tokens, batch by batch.
    private func append(
      _ more: ArraySlice<TokenID>, needed: ClosedRange<Int>, endsWholePasses: Bool,
      showing body: ((_ logits: [Float], _ count: Int) throws -> Void)? = nil
    ) throws {
      do {
        var rest = more
        while !rest.isEmpty {
          try Task.checkCancellation()
          let length = endsWholePasses ? plan.passEnd(from: tokens.count, of: .max) - tokens.count : batchSize
          let batch = rest.prefix(isRecurrent ? min(length, max(1, rest.count - Self.tail)) : length)
          rest = rest.dropFirst(batch.count)
          let start = tokens.count
          let end = start + batch.count
          let outputs = min(batch.count, max(0, end - needed.lowerBound + 1))
          let logits = try context.evaluate(batch, at: start, outputs: outputs)
          tokens += batch
          plan.note(pass: start..<end)
          for (count, logits) in zip(end - outputs + 1..<end + 1, logits) {
            if let body { try body(logits, count) } else { recent.keep(logits, after: count, needed: needed) }
          }
          if isRecurrent { try keepSnapshots(before: rest.count) }
        }
      } catch {
        clear()
        // A batch that was stopped fails; what the caller did comes before what the engine says about it.
        throw Task.isCancelled ? CancellationError() : error
      }
    }

    /// Copies the state where a text may come back to it.
    private func keepSnapshots(before rest: Int) throws {
      let count = tokens.count
      let endsWholePass = plan.whole == count && rest < Self.maximumPassSnapshots * batchSize
      guard endsWholePass || rest <= Self.tail else { return }
      let state = try context.snapshot()
      if endsWholePass {
        passSnapshots.append((count, state))
        if passSnapshots.count > Self.maximumPassSnapshots { passSnapshots.removeFirst() }
      }
      if rest <= Self.tail {
        snapshots.append((count, state))
        if snapshots.count > Self.maximumSnapshots { snapshots.removeFirst() }
      }
    }

    private func clear() {
      context.clear()
      tokens = []
      snapshots = []
      passSnapshots = []
      recent = RecentLogits()
      plan.cut(to: 0)
      plan.forget()
    }
  }
#endif
