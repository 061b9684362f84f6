internal import ModelBackends

/// A loaded model and the format of its inputs and outputs; shared by all sessions.
struct CausalModel: Sendable {
  let name: String
  let model: LoadedModel
  let signature: ModelSignature
  let tokensPerRun: Int
  /// The shortest window of attention, in tokens, of layers that have one.
  let attentionWindow: Int?

  /// The number of last tokens of a recurrent text with runs of their own, so that the evaluator can go back to the
  /// states before them: the last few tokens of a text change as it grows.
  private static let tokensToGoBack = DecoderState.maximumCheckpoints - 1
  /// The number of logits taken from a run beyond those needed: a growing text is evaluated again from a few tokens
  /// back.
  private static let spareLogits = TokenHealing.standard.boundaries

  /// The number of tokens for the next run.
  ///
  /// Recurrent models and the second branch of merged ones are built to continue one token at a time.
  func runLength(cached: Int, pending: Int) -> Int {
    if signature.takesOneToken { return 1 }
    // A model without a cache reads the whole text each time.
    if signature.slots.isEmpty { return pending }
    let isRecurrent = signature.slots.contains { $0.tokenAxis == nil }
    if isRecurrent || signature.isMerged {
      if cached > 0 { return 1 }
      return isRecurrent ? max(1, pending - Self.tokensToGoBack) : pending
    }
    return min(pending, tokensPerRun)
  }

  /// The number of tokens in a whole pass over a text that begins an answer; `nil` where passes depend on its end, so
  /// that none of them can be reused for another text.
  var passStride: Int? {
    if signature.takesOneToken { return 1 }
    let isRecurrent = signature.slots.contains { $0.tokenAxis == nil }
    return signature.slots.isEmpty || isRecurrent || signature.isMerged ? nil : tokensPerRun
  }

  /// Runs the model on some tokens. The calling thread waits for it.
  ///
  /// - Parameters:
  ///   - tokens: A part of a text's tokens; the first one's index is the number of tokens before it.
  ///   - state: The state before them.
  ///   - counts: The token counts of the text after which logits are needed, ascending.
  ///   - stop: A way to end the run early from another thread.
  /// - Returns: The logits after these counts, and some before them; after the last token alone where the graph gives
  ///   no others. And the new state.
  /// - Throws: ``BackendError`` where the model fails or was stopped.
  func run(
    _ tokens: ArraySlice<TokenID>, after state: DecoderState, logitsAfter counts: [Int], stop: RunStop
  ) throws -> (logits: [Int: [Float]], state: [Tensor]) {
    let end = tokens.endIndex
    let first = counts.first.map { max(tokens.startIndex + 1, min($0, end - Self.spareLogits)) } ?? end + 1
    let inputs = try signature.inputs.map { info, role in
      (info.name, try tensor(for: info, role: role, tokens: tokens, state: state, rows: end + 1 - first))
    }
    let outputs = try model.run(inputs, outputs: [signature.logits] + signature.slots.map(\.output), stop: stop)
    let logits = outputs[0]
    let size = signature.vocabularySize
    guard logits.shape.last == size, logits.count >= size, logits.type.isReal else {
      throw BackendError(
        .engineFailure, in: name,
        "output \(signature.logits) has shape \(logits.shape), where \(size) logits were expected",
        remedy: "Check vocab_size in config.json, or export the model again")
    }
    let rows = logits.count / size
    let spare = counts.isEmpty ? [] : Array(max(first, end - Self.spareLogits)..<end + 1)
    let wanted = Set(counts + spare).filter { $0 > end - rows }
    let pairs = wanted.map { ($0, logits.row(rows - 1 - (end - $0), of: size)) }
    return (Dictionary(uniqueKeysWithValues: pairs), Array(outputs.dropFirst()))
  }

  private func tensor(
    for input: TensorInfo, role: ModelSignature.Role, tokens: ArraySlice<TokenID>, state: DecoderState, rows: Int
  ) throws -> Tensor {
    let cached = state.tokens.count
    let count = tokens.count
    func make(_ numbers: some Collection<Int>, _ shape: [Int]) throws -> Tensor {
      try Tensor(numbers, as: input.type, shape: shape, input: input.name, runtime: model.runtime)
    }
    /// A single number, as a scalar or a list of one.
    func single(_ number: Int) throws -> Tensor {
      try make(CollectionOfOne(number), input.extents.isEmpty ? [] : [1])
    }
    switch role {
    case .tokens: return try make(tokens, [1, count])
    case .mask: return try make(repeatElement(1, count: cached + count), [1, cached + count])
    case .positions:
      let copies = input.extents.count == 3 ? input.extents[0].fixed ?? 1 : 1
      let positions = (0..<copies).flatMap { _ in cached..<cached + count }
      return try make(positions, input.extents.count == 3 ? [copies, 1, count] : [1, count])
    case .cachePositions: return try make(cached..<cached + count, [count])
    case .segments: return try make(repeatElement(0, count: count), [1, count])
    case .usesCache: return try single(cached > 0 ? 1 : 0)
    case .logitCount: return try single(max(rows, 1))
    case .state(let slot): return state.tensors[slot]
    }
  }
}
