internal import BackendSupport
internal import ModelBackends

/// A model in ONNX Runtime with its state after some tokens. Belongs to one session.
struct DecoderEvaluator: TokenEvaluator {
  private let decoder: CausalModel
  /// The state after the tokens that the model has read. Models without a cache start from the beginning each time.
  private var state: DecoderState
  /// Whether the graph gives logits after a run's last token alone.
  private(set) var givesLastLogitsOnly: Bool
  /// Whether no run with several texts has failed yet.
  private var takesSeveralTexts = true
  private var stop: RunStop

  /// Creates an evaluator before the first token.
  init(_ decoder: CausalModel) throws {
    self.decoder = decoder
    state = try DecoderState(slots: decoder.signature.slots, runtime: decoder.model.runtime)
    givesLastLogitsOnly = decoder.signature.givesLastLogitsOnly
    stop = try RunStop(runtime: decoder.model.runtime)
  }

  var heldCount: Int { state.tokens.count }

  mutating func keep(_ count: Int) { state.rollBack(to: count) }

  var passStride: Int? { decoder.passStride }

  func longestPass(after held: Int, pending: Int) -> Int { decoder.runLength(cached: held, pending: pending) }

  mutating func evaluate(_ tokens: ArraySlice<TokenID>, logitsAfter counts: [Int]) throws -> [Int: [Float]] {
    let result = try decoder.run(tokens, after: state, logitsAfter: counts, stop: stop)
    if counts.contains(where: { result.logits[$0] == nil }) {
      // The graph did not declare this. The session repeats the run in parts.
      givesLastLogitsOnly = true
      return [:]
    }
    state.advance(by: tokens, to: result.state)
    return result.logits
  }

  /// Where states can be truncated, a branch follows a copy of the state up to its start.
  var takesBranches: Bool {
    !decoder.signature.slots.isEmpty && decoder.signature.slots.allSatisfy { $0.tokenAxis != nil }
  }

  mutating func evaluate(
    _ tokens: ArraySlice<TokenID>, logitsAfter counts: [Int], branches tree: TokenTree
  ) throws -> (rows: [Int: [Float]], nodes: [[Float]])? {
    guard tokens.isEmpty else { return nil }
    let tookSeveralTexts = takesSeveralTexts
    var nodes = try evaluateBranches(of: tree)
    // The paths are grouped again, so that the next tree is evaluated in the same way as this one.
    if takesSeveralTexts != tookSeveralTexts { nodes = try evaluateBranches(of: tree) }
    return nodes.map { ([:], $0) }
  }

  private mutating func evaluateBranches(of tree: TokenTree) throws -> [[Float]]? {
    var logits = [[Float]](repeating: [], count: tree.nodes.count)
    for (start, paths) in groups(of: tree) {
      var before = state
      before.rollBack(to: start)
      guard before.tokens.count == start else { return nil }
      let branches = paths.map { path in
        CausalModel.Branch(
          start: min(start, path.start),
          tokens: tree.trunk[start..<max(start, path.start)] + path.nodes.map { tree.nodes[$0].token })
      }
      for (path, rows) in zip(paths, try evaluate(branches, after: before)) {
        for (node, row) in zip(path.nodes, rows.suffix(path.nodes.count)) { logits[node] = row }
      }
    }
    return logits
  }

  mutating func interruption() throws -> @Sendable () -> Void {
    let stop = try RunStop(runtime: decoder.model.runtime)
    self.stop = stop
    return { stop.stop() }
  }

  /// The logits after each token of each path: in one run where the graph takes several texts, else one path at a time.
  private mutating func evaluate(
    _ branches: [CausalModel.Branch], after state: DecoderState
  ) throws -> [[[Float]]] {
    if branches.count > 1, takesSeveralTexts, !givesLastLogitsOnly {
      do {
        if let rows = try decoder.run(branches, after: state, stop: stop) { return rows }
      } catch {
        // Some graphs declare an open axis and then compute with one text; other errors show in the runs below.
        try Task.checkCancellation()
        takesSeveralTexts = false
      }
    }
    return try branches.map { branch in
      var state = state
      let tokens = state.tokens[..<branch.start] + branch.tokens
      state.rollBack(to: branch.start)
      var rows: [[Float]] = []
      while state.tokens.count < tokens.count {
        try Task.checkCancellation()
        let start = state.tokens.count
        let length = decoder.runLength(cached: start, pending: tokens.count - start)
        let end = givesLastLogitsOnly ? start + 1 : min(tokens.count, start + length)
        let counts = (start + 1...end).filter { $0 > branch.start }
        let result = try decoder.run(tokens[start..<end], after: state, logitsAfter: counts, stop: stop)
        guard counts.allSatisfy({ result.logits[$0] != nil }) else {
          givesLastLogitsOnly = true
          continue
        }
        rows += counts.map { result.logits[$0] ?? [] }
        state.advance(by: tokens[start..<end], to: result.state)
      }
      return rows
    }
  }

  private typealias Path = (start: Int, nodes: [Int])

  /// The paths to the tree's leaves, grouped into runs by the number of tokens that are held before them: all together
  /// where the graph can be told what each of them follows, or where that is less work than a run for each start.
  private func groups(of tree: TokenTree) -> [(start: Int, paths: [Path])] {
    let paths = tree.leaves.map { leaf -> Path in
      var nodes = [leaf]
      while let parent = tree.nodes[nodes[0]].parent { nodes.insert(parent, at: 0) }
      return (tree.nodes[nodes[0]].position, nodes)
    }
    let byStart = Dictionary(grouping: paths, by: \.start).sorted { $0.key < $1.key }.map { (start: $0, paths: $1) }
    guard let first = byStart.first?.start, decoder.takesSeveralTexts, takesSeveralTexts else { return byStart }
    let length = paths.map(\.nodes.count).max() ?? 1
    let limit = decoder.branchLimit(after: state, length: length)
    if byStart.count > 1, limit > 1, decoder.takesSeveralPrefixes(of: state, adding: length) {
      return stride(from: 0, to: paths.count, by: limit).map {
        (state.tokens.count, Array(paths[$0..<min($0 + limit, paths.count)]))
      }
    }
    func work(_ paths: [Path], _ start: Int) -> Int {
      paths.count * (paths.map { $0.start + $0.nodes.count - start }.max() ?? 0)
    }
    // A run costs as much as several tokens, however few it takes.
    let apart = byStart.reduce(0) { $0 + work($1.paths, $1.start) + 4 }
    return work(paths, first) <= min(apart, decoder.tokensPerRun) ? [(first, paths)] : byStart
  }
}
