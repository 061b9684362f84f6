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

  /// Whether one run can take continuations of different prefixes of the state: the mask hides the rest of it, and the
  /// positions are inputs of their own. A window of attention would count hidden tokens.
  func takesSeveralPrefixes(of state: DecoderState, adding length: Int) -> Bool {
    let roles = signature.inputs.map(\.role)
    guard takesSeveralTexts, roles.contains(.mask), roles.contains(.positions), !roles.contains(.cachePositions)
    else { return false }
    return state.tokens.count + length <= attentionWindow ?? .max
  }

  /// The maximum number of continuations of the given length in one run.
  func branchLimit(after state: DecoderState, length: Int) -> Int {
    min(tokensPerRun / length, Self.largestCopies / max(1, state.tensors.reduce(0) { $0 + $1.count }))
  }

  /// A continuation of a state's first tokens.
  struct Branch {
    /// The number of the state's tokens before it.
    var start: Int
    /// At least one.
    var tokens: [TokenID]
  }

  /// Evaluates continuations in one run, a row for each, all after copies of one state.
  ///
  /// - Parameters:
  ///   - branches: The continuations; they start at the state's end unless ``takesSeveralPrefixes(of:adding:)``.
  ///   - state: The state.
  ///   - stop: A way to end the run early from another thread.
  /// - Returns: The logits after each token of each continuation; `nil` where the graph or the state does not allow it.
  /// - Throws: ``BackendError`` where the model fails or was stopped.
  func run(_ branches: [Branch], after state: DecoderState, stop: RunStop) throws -> [[[Float]]]? {
    let length = branches.map(\.tokens.count).max() ?? 1
    guard takesSeveralTexts, branches.count <= branchLimit(after: state, length: length),
      state.tensors.allSatisfy({ $0.shape.first == 1 }),
      branches.allSatisfy({ $0.start == state.tokens.count }) || takesSeveralPrefixes(of: state, adding: length)
    else { return nil }
    let inputs = try signature.inputs.map { info, role in
      (info.name, try tensor(for: info, role: role, branches: branches, length: length, state: state))
    }
    let logits = try model.run(inputs, outputs: [signature.logits], stop: stop)[0]
    let size = signature.vocabularySize
    guard logits.shape == [branches.count, length, size], logits.type.isReal else { return nil }
    return branches.enumerated().map { row, branch in
      branch.tokens.indices.map { logits.row(row * length + $0, of: size) }
    }
  }

  private func tensor(
    for input: TensorInfo, role: ModelSignature.Role, branches: [Branch], length: Int, state: DecoderState
  ) throws -> Tensor {
    let (cached, rows) = (state.tokens.count, branches.count)
    func make(_ numbers: some Collection<Int>, _ shape: [Int]) throws -> Tensor {
      try Tensor(numbers, as: input.type, shape: shape, input: input.name, runtime: model.runtime)
    }
    switch role {
    case .tokens:
      let padded = branches.flatMap { branch in
        branch.tokens + repeatElement(branch.tokens.last ?? 0, count: length - branch.tokens.count)
      }
      return try make(padded, [rows, length])
    case .mask:
      let visible = branches.flatMap { branch in (0..<cached + length).map { $0 < branch.start || $0 >= cached ? 1 : 0 }
      }
      return try make(visible, [rows, cached + length])
    case .positions: return try make(branches.flatMap { $0.start..<$0.start + length }, [rows, length])
    case .cachePositions: return try make(cached..<cached + length, [length])
    case .segments: return try make(repeatElement(0, count: rows * length), [rows, length])
    case .usesCache: return try make(CollectionOfOne(1), input.extents.isEmpty ? [] : [1])
    case .logitCount: return try make(CollectionOfOne(length), input.extents.isEmpty ? [] : [1])
    case .state(let slot): return try state.tensors[slot].repeated(rows)
    }
  }
}
