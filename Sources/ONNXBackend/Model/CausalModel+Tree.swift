internal import ModelBackends

extension CausalModel {
  /// How many numbers of copied states one run may take.
  private static let largestCopies = 1 << 26

  /// Whether one run can take several ways to go on after the same state: every input has an open axis for them, and
  /// nothing that a way is filled up with changes what comes before it.
  private var takesSeveralTexts: Bool {
    let hasOpenTexts = signature.inputs.allSatisfy { info, role in
      switch role {
      case .cachePositions, .logitCount: true
      case .usesCache: false
      case .tokens, .mask, .segments, .positions: info.extents.count == 2 && info.extents[0].symbol != nil
      case .state(let slot):
        info.extents.count == 4 && info.extents[0].symbol != nil && signature.slots[slot].tokenAxis == 2
      }
    }
    return hasOpenTexts && !signature.slots.isEmpty && !signature.takesOneToken
  }

  /// Evaluates what branches off a text in one run, a row for each leaf, all after copies of one state.
  ///
  /// - Parameters:
  ///   - tree: The text and what branches off it.
  ///   - state: The state after the text, or more.
  ///   - stop: A way to end the run early from another thread.
  /// - Returns: The logits after each node, and how many tokens went through the model; `nil` where the graph or the state
  ///   does not allow it.
  /// - Throws: ``BackendError`` where the model fails or was stopped.
  func run(_ tree: TokenTree, after state: DecoderState, stop: RunStop) throws -> (logits: [[Float]], evaluated: Int)? {
    guard takesSeveralTexts, let start = tree.nodes.filter({ $0.parent == nil }).map(\.position).min() else {
      return nil
    }
    guard start > 0, start <= state.tokens.count, state.tokens[..<start] == tree.trunk[..<start] else { return nil }
    let leaves = tree.leaves
    let ways = leaves.map { tree.tokens(through: $0)[start...] }
    let length = ways.map(\.count).max() ?? 0
    var state = state
    try state.rollBack(to: start)
    let copied = state.tensors.reduce(0) { $0 + $1.count } * ways.count
    guard state.tokens.count == start, ways.count * length <= tokensPerRun, copied <= Self.largestCopies,
      state.tensors.allSatisfy({ $0.shape.first == 1 })
    else { return nil }
    let rows = ways.map { way in Array(way) + repeatElement(way.last ?? 0, count: length - way.count) }
    let inputs = try signature.inputs.map { info, role in
      (info.name, try tensor(for: info, role: role, rows: rows, length: length, state: state))
    }
    let logits = try model.run(inputs, outputs: [signature.logits], stop: stop)[0]
    let size = signature.vocabularySize
    guard logits.shape == [rows.count, length, size], logits.type.isReal else { return nil }
    let all = logits.lastRows(rows.count * length, of: size)
    var answers = [[Float]](repeating: [], count: tree.nodes.count)
    for (row, leaf) in leaves.enumerated() {
      var next: Int? = leaf
      while let node = next {
        answers[node] = all[row * length + tree.nodes[node].position - start]
        next = tree.nodes[node].parent
      }
    }
    return (answers, rows.count * length)
  }

  private func tensor(
    for input: TensorInfo, role: ModelSignature.Role, rows: [[TokenID]], length: Int, state: DecoderState
  ) throws -> Tensor {
    let cached = state.tokens.count
    let places = cached..<cached + length
    func make(_ numbers: some Collection<Int>, _ shape: [Int]) throws -> Tensor {
      try Tensor(numbers, as: input.type, shape: shape, input: input.name, runtime: model.runtime)
    }
    switch role {
    case .tokens: return try make(rows.flatMap(\.self), [rows.count, length])
    case .mask:
      return try make(repeatElement(1, count: rows.count * (cached + length)), [rows.count, cached + length])
    case .positions: return try make(rows.flatMap { _ in places }, [rows.count, length])
    case .cachePositions: return try make(places, [length])
    case .segments: return try make(repeatElement(0, count: rows.count * length), [rows.count, length])
    case .usesCache: return try make(CollectionOfOne(1), input.extents.isEmpty ? [] : [1])
    case .logitCount: return try make(CollectionOfOne(length), input.extents.isEmpty ? [] : [1])
    case .state(let slot): return try state.tensors[slot].repeated(rows.count)
    }
  }
}
