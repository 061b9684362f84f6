#if LlamaCpp
  import BackendSupport
  import ModelBackends

  /// llama.cpp's state after some tokens, which can be rolled back. Belongs to one session.
  ///
  /// Keys and values of attention are truncated with the text. The state of recurrent layers cannot be truncated: for
  /// models that have some, the last few states are copied, after whole passes and after each of a text's last tokens,
  /// and the evaluator goes back to the newest that is not too new. Each copy has the size of one sequence's recurrent
  /// state (a megabyte or less for small models, up to about a hundred for the largest), independent of the length of
  /// the text; other models need no copies.
  final class LlamaEvaluator: TokenEvaluator {
    /// The maximum number of states kept after a text's last tokens.
    private static let maximumSnapshots = 8
    /// The maximum number of states kept after whole passes: texts that begin an answer go back to these.
    private static let maximumPassSnapshots = 4
    /// The number of a text's last tokens with passes of their own: a text's tail changes a few tokens back, seldom
    /// more.
    private static let tail = 4

    private typealias Snapshot = (count: Int, state: [UInt8])

    /// The engine, which one evaluator alone uses.
    private let context: LlamaContext
    private let contextLength: Int
    private let batchSize: Int
    private let isRecurrent: Bool
    /// Earlier states, oldest first. Empty where the state can be truncated.
    private var snapshots: [Snapshot] = []
    /// Earlier states after whole passes, oldest first.
    private var passSnapshots: [Snapshot] = []

    private(set) var heldCount = 0

    /// Reserves the memory of a session.
    ///
    /// - Throws: `BackendError`.
    init(_ model: LlamaModel, contextLength: Int, options: GGUFBackend.Options) throws {
      context = try LlamaContext(model, contextLength: contextLength, options: options)
      self.contextLength = contextLength
      batchSize = options.batchSize
      isRecurrent = context.isRecurrent
    }

    var passStride: Int? { batchSize }

    func longestPass(after held: Int, pending: Int) -> Int {
      isRecurrent ? min(batchSize, max(1, pending - Self.tail)) : batchSize
    }

    func evaluate(_ tokens: ArraySlice<TokenID>, logitsAfter counts: [Int]) throws -> [Int: [Float]] {
      try evaluate(tokens, logitsAfter: counts, branches: []).rows
    }

    func keep(_ count: Int) {
      guard count < heldCount else { return }
      var kept = 0
      if !isRecurrent {
        if count > 0, context.truncate(to: count) { kept = count }
      } else if let newest = (snapshots + passSnapshots).filter({ $0.count <= count }).max(by: { $0.count < $1.count })
      {
        if context.restore(newest.state, at: newest.count) { kept = newest.count }
      }
      guard kept > 0 else { return clear() }
      heldCount = kept
      snapshots.removeAll { $0.count > kept }
      passSnapshots.removeAll { $0.count > kept }
    }

    var takesBranches: Bool { context.branchLimit > 0 }

    func evaluate(
      _ tokens: ArraySlice<TokenID>, logitsAfter counts: [Int], branches tree: TokenTree
    ) throws -> (rows: [Int: [Float]], nodes: [[Float]])? {
      let size = tokens.count + tree.nodes.count
      guard size <= context.batchLimit, heldCount + size <= contextLength, tree.leaves.count <= context.branchLimit
      else { return nil }
      return try evaluate(tokens, logitsAfter: counts, branches: tree.nodes)
    }

    private func evaluate(
      _ tokens: ArraySlice<TokenID>, logitsAfter counts: [Int], branches: [TokenTree.Node]
    ) throws -> (rows: [Int: [Float]], nodes: [[Float]]) {
      do {
        let result = try context.evaluate(tokens, outputs: counts, branches: branches)
        heldCount = tokens.endIndex
        if isRecurrent { try keepSnapshot(ofPass: tokens.indices) }
        return (Dictionary(uniqueKeysWithValues: zip(counts, result.rows)), result.nodes)
      } catch {
        // llama.cpp's state after a failure is uncertain.
        clear()
        throw error
      }
    }

    func interruption() -> @Sendable () -> Void {
      context.goOn()
      return { [context] in context.stop() }
    }

    /// Copies the state at positions that a text may return to.
    private func keepSnapshot(ofPass pass: Range<Int>) throws {
      let snapshot = (pass.upperBound, try context.snapshot())
      snapshots.append(snapshot)
      if snapshots.count > Self.maximumSnapshots { snapshots.removeFirst() }
      guard pass.count == batchSize, pass.lowerBound % batchSize == 0 else { return }
      passSnapshots.append(snapshot)
      if passSnapshots.count > Self.maximumPassSnapshots { passSnapshots.removeFirst() }
    }

    private func clear() {
      context.clear()
      heldCount = 0
      snapshots = []
      passSnapshots = []
    }
  }
#endif
