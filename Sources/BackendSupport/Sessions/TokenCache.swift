internal import ModelBackends

/// An evaluator with the tokens that it holds. Belongs to one session.
///
/// Decides which tokens are kept and in which passes the others are evaluated, so that a session answers as a fresh one
/// does (``PassPlan``).
final class TokenCache {
  /// Receives logits, with the number of tokens before them.
  typealias Visitor = (_ count: Int, _ logits: [Float]) throws -> Void
  /// Receives the logits after a node of a tree.
  typealias NodeVisitor = (_ node: Int, _ logits: [Float]) throws -> Void
  /// A pass over tokens with other work in it; `nil` where these cannot be done at once.
  private typealias Pass = (_ tokens: ArraySlice<TokenID>, _ counts: [Int]) throws -> [Int: [Float]]?

  private var evaluator: any TokenEvaluator
  private let name: String
  /// The tokens that the evaluator holds.
  private var held: [TokenID] = []
  /// The text that ``recent`` belongs to.
  private var seen: [TokenID] = []
  /// The logits after the last few tokens of ``seen``.
  private var recent = RecentLogits()
  private var plan: PassPlan

  /// Starts before the first token.
  init(_ evaluator: any TokenEvaluator, name: String) {
    self.evaluator = evaluator
    self.name = name
    plan = PassPlan(stride: evaluator.passStride)
  }

  /// The length of a whole pass.
  var stride: Int? { plan.stride }

  /// The number of tokens of the text that were read in whole passes.
  var wholePasses: Int { plan.whole }

  /// Prepares for the next evaluations; returns a function that ends them early.
  func interruption() throws -> @Sendable () -> Void { try evaluator.interruption() }

  /// Reads a text after which a prediction is requested.
  ///
  /// - Parameters:
  ///   - wanted: All tokens of the text.
  ///   - needed: The token counts after which `visit` receives the logits, in this order.
  /// - Returns: The work done.
  func read(
    _ wanted: [TokenID], of context: ContextText, needed: ClosedRange<Int>, _ visit: Visitor
  ) throws -> Prediction.Work {
    let reading = plan.reading(of: context, outputs: needed)
    let work = try evaluate(wanted, reading, needed: Array(needed), remembering: needed.count, visit)
    plan.finish(reading, of: context, outputs: needed)
    return work
  }

  /// Reads a prompt that is scored: logits are needed after most of its tokens, and none are kept.
  func readPrompt(
    _ wanted: [TokenID], of context: ContextText, needed: ClosedRange<Int>, _ visit: Visitor
  ) throws -> Prediction.Work {
    let work = try evaluate(wanted, .restart, needed: Array(needed), visit)
    plan.finish(.restart, of: context, outputs: needed)
    plan.disturb()
    return work
  }

  /// Reads a text up to the last of some positions, and branches off it.
  ///
  /// - Parameters:
  ///   - trees: The branches of the text, each tree small enough that its logits can be held at once.
  ///   - counts: The token counts after which `visit` receives the logits, ascending.
  ///   - visitNode: Receives the logits after each node of each tree, parents first.
  func read(
    _ trunk: [TokenID], and trees: [TokenTree], of context: ContextText, positions: PassPlan.Positions,
    needed counts: [Int], _ visit: Visitor,
    _ visitNode: (_ tree: Int, _ node: Int, _ logits: [Float]) throws -> Void
  ) throws -> Prediction.Work {
    var reading = plan.reading(of: context, positions: positions)
    var work = Prediction.Work()
    var counts = counts[...]
    func readTrunk(upTo end: Int, lastPass: Pass? = nil) throws {
      let part = Array(counts.prefix { $0 <= end })
      counts = counts.dropFirst(part.count)
      guard !part.isEmpty || held.commonPrefix(with: trunk) < end else { return }
      let needed = part.last == end ? part : part + [end]
      let visit: Visitor = { if part.contains($0) { try visit($0, $1) } }
      work = work + (try evaluate(trunk, reading, needed: needed, lastPass: lastPass, visit))
      reading = .continuation
    }
    if evaluator.takesBranches {
      var trees = Array(trees.enumerated())[...]
      var nodes: [[Float]]?
      try readTrunk(upTo: max(counts.last ?? 0, trees.map(\.element.end).max() ?? 0)) { tokens, counts in
        guard let tree = trees.first?.element else { return nil }
        let result = try self.evaluator.evaluate(tokens, logitsAfter: counts, branches: tree)
        nodes = result?.nodes
        return result?.rows
      }
      if let nodes, let (index, tree) = trees.popFirst() {
        for (node, logits) in nodes.enumerated() { try visitNode(index, node, logits) }
        work = work + Prediction.Work(evaluated: tree.nodes.count)
      }
      for (index, tree) in trees {
        work = work + (try evaluate(tree) { try visitNode(index, $0, $1) })
      }
    } else {
      // An engine that cannot go back far is at a branch's start when it evaluates the branch.
      for (index, tree) in trees.enumerated() {
        for position in tree.rootPositions {
          try readTrunk(upTo: position)
          work = work + (try evaluateInTurn(tree, at: position) { try visitNode(index, $0, $1) })
        }
      }
      if let last = counts.last { try readTrunk(upTo: last) }
    }
    plan.finish(of: context, positions: positions)
    return work
  }

  /// Evaluates branches of the text that was read last, which stays known.
  func evaluate(_ tree: TokenTree, _ visit: NodeVisitor) throws -> Prediction.Work {
    guard !tree.nodes.isEmpty else { return Prediction.Work() }
    if evaluator.takesBranches, tree.end <= held.count {
      let rows = try guarded {
        // The engine may hold more than the text.
        try evaluator.evaluate(held[held.count...], logitsAfter: [], branches: tree)
      }
      if let rows {
        for (node, logits) in rows.nodes.enumerated() { try visit(node, logits) }
        return Prediction.Work(evaluated: tree.nodes.count)
      }
    }
    return try tree.rootPositions.reduce(Prediction.Work()) { $0 + (try evaluateInTurn(tree, at: $1, visit)) }
  }

  /// Evaluates the branches that start at a position one at a time, replacing the text in the engine.
  private func evaluateInTurn(_ tree: TokenTree, at position: Int, _ visit: NodeVisitor) throws -> Prediction.Work {
    let (text, logits) = (seen, recent)
    defer { (seen, recent) = (text, logits) }
    var work = Prediction.Work()
    var visited: Set<Int> = []
    for leaf in tree.leaves {
      let path = tree.path(to: leaf)
      guard tree.nodes[path[0]].position == position else { continue }
      let tokens = tree.tokens(through: leaf)
      work =
        work
        + (try evaluate(tokens, .continuation, needed: Array(position + 1...tokens.count)) { count, logits in
          let node = path[count - position - 1]
          if visited.insert(node).inserted { try visit(node, logits) }
        })
    }
    return work
  }

  /// Computes the needed logits, and caches at least the last few of them.
  private func evaluate(
    _ wanted: [TokenID], _ reading: PassPlan.Reading, needed: [Int], remembering count: Int = 0,
    lastPass: Pass? = nil, _ visit: Visitor
  ) throws -> Prediction.Work {
    let (first, last) = (needed[0], needed[needed.count - 1])
    let cached = held.count
    let common = held.commonPrefix(with: wanted)
    var missing = needed[...]
    switch reading {
    case .restart:
      try Task.checkCancellation()
      goBack(to: plan.kept(common: common, outputs: first...last), wholePassesOnly: true)
      (seen, recent) = (held, RecentLogits())
    case .continuation:
      let known = seen.commonPrefix(with: wanted)
      missing = needed.drop { $0 <= known && recent[$0] != nil }
      for count in needed[..<missing.startIndex] { try visit(count, recent[count] ?? []) }
      // Nothing is dropped for a text whose logits are known: the next one may continue the cached one.
      guard let unknown = missing.first else { return Prediction.Work(kept: last) }
      try Task.checkCancellation()
      recent.forget(after: known)
      goBack(to: min(common, unknown - 1), wholePassesOnly: false)
      seen = Array(wanted[..<known])
    }
    let kept = held.count
    let evaluated = try guarded { try run(wanted, reading, missing: missing, remembering: count, lastPass, visit) }
    return Prediction.Work(kept: kept, dropped: cached - kept, evaluated: evaluated)
  }

  /// Evaluates the tokens that are not held, pass by pass; returns how many went through the model.
  private func run(
    _ wanted: [TokenID], _ reading: PassPlan.Reading, missing: ArraySlice<Int>, remembering count: Int,
    _ lastPass: Pass?, _ visit: Visitor
  ) throws -> Int {
    var (missing, evaluated) = (missing, 0)
    guard let last = missing.last else { return 0 }
    while let next = missing.first {
      try Task.checkCancellation()
      let start = evaluator.heldCount
      var end = min(last, start + evaluator.longestPass(after: start, pending: last - start))
      if reading == .restart { end = min(end, plan.passEnd(from: start, of: last)) }
      let givesLastOnly = evaluator.givesLastLogitsOnly
      if givesLastOnly { end = min(end, next) }
      let counts = Array(missing.prefix { $0 <= end })
      let withOtherWork = end == last ? try lastPass?(wanted[start..<end], counts) : nil
      let rows = try withOtherWork ?? evaluator.evaluate(wanted[start..<end], logitsAfter: counts)
      evaluated += end - start
      guard counts.allSatisfy({ rows[$0] != nil }), evaluator.heldCount > start || !counts.isEmpty else {
        // An engine may find out with its first pass that it gives the last logits only.
        guard evaluator.givesLastLogitsOnly, !givesLastOnly else { throw missingLogits(counts) }
        evaluator.keep(start)
        continue
      }
      held = Array(wanted.prefix(evaluator.heldCount))
      // Other work in a pass changes its rounding.
      if held.count == end, withOtherWork == nil { plan.note(pass: start..<end) }
      seen = Array(wanted[..<max(seen.count, end)])
      missing = missing.dropFirst(counts.count)
      recent.keep(rows, last: count, upTo: last)
      for count in counts { try visit(count, rows[count] ?? []) }
    }
    return evaluated
  }

  private func missingLogits(_ counts: [Int]) -> BackendError {
    BackendError(
      .engineFailure, in: name, "its evaluator gave no logits after \(counts) tokens",
      remedy: "Let the evaluator return what it is asked for, or say that it gives last logits only.")
  }

  /// Goes back to the first tokens, or to fewer where the engine cannot.
  private func goBack(to count: Int, wholePassesOnly: Bool) {
    if count < held.count {
      evaluator.keep(count)
      if wholePassesOnly, let stride = plan.stride {
        while evaluator.heldCount % stride != 0 { evaluator.keep(evaluator.heldCount / stride * stride) }
      }
      held.removeLast(held.count - evaluator.heldCount)
    }
    plan.cut(to: held.count)
  }

  /// After a failure, discards the state that is not certain to be held.
  private func guarded<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      if evaluator.heldCount > held.count { evaluator.keep(held.count) }
      held = Array(held.prefix(evaluator.heldCount))
      (seen, recent) = (held, RecentLogits())
      plan.cut(to: held.count)
      plan.forget()
      // A stopped evaluation fails; the caller's cancellation says more than the engine's error.
      throw Task.isCancelled ? CancellationError() : error
    }
  }
}

extension [TokenID] {
  /// The length of the common prefix of two texts, in tokens.
  func commonPrefix(with other: [TokenID]) -> Int {
    zip(self, other).prefix { $0 == $1 }.count
  }
}

extension TokenTree {
  /// The positions where branches start, ascending.
  fileprivate var rootPositions: [Int] { Set(nodes.filter { $0.parent == nil }.map(\.position)).sorted() }

  /// The number of tokens of the text that must be held for all branches.
  fileprivate var end: Int { nodes.lazy.filter { $0.parent == nil }.map(\.position).max() ?? 0 }

  /// The nodes from a branch's first to a given one.
  fileprivate func path(to node: Int) -> [Int] {
    var path = [node]
    while let parent = nodes[path[0]].parent { path.insert(parent, at: 0) }
    return path
  }
}
