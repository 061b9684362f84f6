internal import ModelBackends

extension CausalModel {
  /// The maximum size of copied states in one run, in numbers.
  private static let largestCopies = 1 << 26

  /// Whether one run can take several continuations of the same state: every input has an open axis for them, and
  /// padding of a continuation does not change the results before it.
  var takesSeveralTexts: Bool {
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

  /// Evaluates continuations in one run, a row for each, all after copies of one state.
  ///
  /// - Parameters:
  ///   - branches: Tokens that follow the state's; at least one each.
  ///   - state: The state before them.
  ///   - stop: A way to end the run early from another thread.
  /// - Returns: The logits after each token of each continuation; `nil` where the graph or the state does not allow it.
  /// - Throws: ``BackendError`` where the model fails or was stopped.
  func run(_ branches: [[TokenID]], after state: DecoderState, stop: RunStop) throws -> [[[Float]]]? {
    let length = branches.map(\.count).max() ?? 0
    let copied = state.tensors.reduce(0) { $0 + $1.count } * branches.count
    guard takesSeveralTexts, branches.count * length <= tokensPerRun, copied <= Self.largestCopies,
      state.tensors.allSatisfy({ $0.shape.first == 1 })
    else { return nil }
    let rows = branches.map { branch in branch + repeatElement(branch.last ?? 0, count: length - branch.count) }
    let inputs = try signature.inputs.map { info, role in
      (info.name, try tensor(for: info, role: role, rows: rows, length: length, state: state))
    }
    let logits = try model.run(inputs, outputs: [signature.logits], stop: stop)[0]
    let size = signature.vocabularySize
    guard logits.shape == [rows.count, length, size], logits.type.isReal else { return nil }
    return branches.enumerated().map { row, branch in branch.indices.map { logits.row(row * length + $0, of: size) } }
  }

  private func tensor(
    for input: TensorInfo, role: ModelSignature.Role, rows: [[TokenID]], length: Int, state: DecoderState
  ) throws -> Tensor {
    let cached = state.tokens.count
    let positions = cached..<cached + length
    func make(_ numbers: some Collection<Int>, _ shape: [Int]) throws -> Tensor {
      try Tensor(numbers, as: input.type, shape: shape, input: input.name, runtime: model.runtime)
    }
    switch role {
    case .tokens: return try make(rows.flatMap(\.self), [rows.count, length])
    case .mask:
      return try make(repeatElement(1, count: rows.count * (cached + length)), [rows.count, cached + length])
    case .positions: return try make(rows.flatMap { _ in positions }, [rows.count, length])
    case .cachePositions: return try make(positions, [length])
    case .segments: return try make(repeatElement(0, count: rows.count * length), [rows.count, length])
    case .usesCache: return try make(CollectionOfOne(1), input.extents.isEmpty ? [] : [1])
    case .logitCount: return try make(CollectionOfOne(length), input.extents.isEmpty ? [] : [1])
    case .state(let slot): return try state.tensors[slot].repeated(rows.count)
    }
  }
}
