internal import ModelBackends

/// A session's cached text: the tokens, and the model's state after them.
///
/// The state's tensors are never changed after creation, so keeping an older one costs its memory alone.
struct DecoderState {
  /// The tokens that the model has read.
  private(set) var tokens: [TokenID] = []
  /// The state after them, a tensor for each slot.
  private(set) var tensors: [Tensor]

  private let slots: [StateSlot]
  private let initial: [Tensor]
  /// Earlier recurrent states, oldest first. Empty where every slot can be truncated.
  private var checkpoints: [(count: Int, tensors: [Int: Tensor])] = []
  /// Whether slots with a token axis hold exactly one entry for each token, so that they can be truncated.
  private var isCuttable = true

  /// The maximum number of earlier states. A text's tail is tokenised differently a few tokens back, seldom more.
  static let maximumCheckpoints = 8

  /// Starts before the first token.
  ///
  /// - Throws: ``BackendError`` where there is no memory for the first state.
  init(slots: [StateSlot], runtime: Runtime) throws {
    self.slots = slots
    initial = try slots.map { try Tensor(zeros: $0.type, shape: $0.initialShape, runtime: runtime) }
    tensors = initial
  }

  /// Goes back to the first tokens, or to fewer where the state cannot be truncated there.
  ///
  /// - Complexity: O(size of the kept state) where anything is dropped, O(1) otherwise.
  mutating func rollBack(to count: Int) {
    guard count < tokens.count else { return }
    let checkpoint = checkpoints.last { $0.count <= count }
    let isRecurrent = slots.contains { $0.tokenAxis == nil }
    let kept = isRecurrent ? checkpoint?.count ?? 0 : count
    guard kept > 0, isCuttable, !slots.isEmpty else {
      reset()
      return
    }
    let before = try? slots.indices.map { index in
      if let axis = slots[index].tokenAxis { return try tensors[index].prefix(kept, alongAxis: axis) }
      return checkpoint?.tensors[index] ?? initial[index]
    }
    // Where there is no memory for the kept state, it is dropped too.
    guard let before else { return reset() }
    tensors = before
    tokens.removeSubrange(kept...)
    checkpoints.removeAll { $0.count > kept }
  }

  /// Adopts the state after more tokens.
  mutating func advance(by more: some Collection<TokenID>, to tensors: [Tensor]) {
    guard !slots.isEmpty else { return }
    tokens += more
    self.tensors = tensors
    for (slot, tensor) in zip(slots, tensors) {
      guard let axis = slot.tokenAxis else { continue }
      if tensor.shape.count <= axis || tensor.shape[axis] != tokens.count { isCuttable = false }
    }
    let recurrent = slots.indices.filter { slots[$0].tokenAxis == nil }
    guard !recurrent.isEmpty else { return }
    checkpoints.append((tokens.count, Dictionary(uniqueKeysWithValues: recurrent.map { ($0, tensors[$0]) })))
    if checkpoints.count > Self.maximumCheckpoints { checkpoints.removeFirst() }
  }

  private mutating func reset() {
    tokens = []
    tensors = initial
    checkpoints = []
  }
}
