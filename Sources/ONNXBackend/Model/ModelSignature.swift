internal import ModelBackends

/// The roles of a model's inputs and outputs, inferred from their names, types and shapes.
struct ModelSignature: Sendable {
  /// The content of an input.
  enum Role: Sendable, Hashable {
    /// The tokens of this run, `[1 × tokens]`.
    case tokens
    /// Ones for every token that the model may attend to, `[1 × cached + tokens]`.
    case mask
    /// The positions of this run's tokens in the text, `[1 × tokens]`, or with another axis before.
    case positions
    /// The positions of this run's tokens in the text, `[tokens]`.
    case cachePositions
    /// Zeros, `[1 × tokens]`: all tokens belong to one text.
    case segments
    /// A flag: whether the cache holds anything (merged decoders).
    case usesCache
    /// The number of last tokens after which logits are needed.
    case logitCount
    /// The state after the preceding tokens, by its index in `slots`.
    case state(Int)
  }

  /// The inputs, in the model's order.
  let inputs: [(info: TensorInfo, role: Role)]
  /// The parts of the state that is passed from run to run.
  let slots: [StateSlot]
  /// The name of the input that takes tokens.
  let tokenInput: String
  /// The name of the output that gives logits.
  let logits: String
  /// The number of logits.
  let vocabularySize: Int
  /// Whether the graph declares that it gives logits after the last token alone.
  let givesLastLogitsOnly: Bool
  /// Whether the graph takes exactly one token per run.
  let takesOneToken: Bool

  /// Many times the largest published vocabulary; every token takes memory.
  private static let largestVocabulary = 1 << 24

  /// Whether the model has a second branch for runs that continue a text, built for one token at a time.
  var isMerged: Bool { inputs.contains { $0.role == .usesCache } }

  /// Infers the roles of a model's inputs and outputs.
  ///
  /// - Throws: ``BackendError`` with the code `unsupported` that names the input or output whose role cannot be
  ///   inferred.
  init(inputs: [TensorInfo], outputs: [TensorInfo], configuration: ModelConfiguration, subject: String) throws {
    let tokens = try Self.tokenInput(inputs, subject: subject)
    tokenInput = tokens.name
    takesOneToken = tokens.extents[1].fixed == 1
    var slots: [StateSlot] = []
    let returned = Dictionary(
      outputs.compactMap { output in StateSlot.key(ofOutput: output.name).map { ($0, output) } },
      uniquingKeysWith: { first, _ in first })
    let batch = tokens.extents[0].symbol ?? ""
    self.inputs = try inputs.map { input in
      if let output = returned[StateSlot.key(ofInput: input.name)] {
        slots.append(
          try StateSlot(input: input, output: output, batch: batch, configuration: configuration, subject: subject))
        return (input, .state(slots.count - 1))
      }
      return (input, try Self.role(of: input, tokens: tokens, subject: subject))
    }
    self.slots = slots
    guard !takesOneToken || !slots.isEmpty else {
      throw BackendError(
        .unsupported, in: subject, "takes one token a run and remembers nothing",
        remedy: "Export the model with a dynamic sequence length, as Optimum does")
    }
    let output = try Self.logits(among: outputs, subject: subject)
    logits = output.name
    givesLastLogitsOnly = output.extents.count == 2 || output.extents[1].fixed == 1
    guard let size = output.extents.last?.fixed ?? configuration.vocabularySize else {
      throw BackendError(
        .unsupported, in: subject, "does not say how many logits output \(output) has",
        remedy: "Set vocab_size in config.json")
    }
    guard (1...Self.largestVocabulary).contains(size) else {
      throw BackendError(
        .invalidFile, in: subject, "declares \(size) logits, which no model has",
        remedy: "Check vocab_size in config.json, or export the model again")
    }
    vocabularySize = size
  }

  private static func tokenInput(_ inputs: [TensorInfo], subject: String) throws -> TensorInfo {
    guard let tokens = inputs.first(where: { $0.name == "input_ids" }) else {
      throw BackendError(
        .unsupported, in: subject,
        "has no input input_ids among \(inputs.map(\.description).joined(separator: ", "))",
        remedy: "Use the file of the whole model with its embeddings (Optimum's task text-generation)")
    }
    guard [.int64, .int32].contains(tokens.type), tokens.extents.count == 2, tokens.extents[0].fixed ?? 1 == 1,
      tokens.extents[1].fixed ?? 1 == 1
    else {
      throw BackendError(
        .unsupported, in: subject, "takes \(tokens), where int64 [1 × any length] was expected",
        remedy: "Export the model with a dynamic batch and sequence length, as Optimum does")
    }
    return tokens
  }

  private static func role(of input: TensorInfo, tokens: TensorInfo, subject: String) throws -> Role {
    let rank = input.extents.count
    switch (input.name, rank) {
    case (tokens.name, _): return .tokens
    case ("attention_mask", 2) where input.extents[1].fixed == nil: return .mask
    case ("position_ids", 2), ("position_ids", 3): return .positions
    case ("cache_position", 1): return .cachePositions
    case ("token_type_ids", 2): return .segments
    case ("use_cache_branch", 0...1): return .usesCache
    case ("num_logits_to_keep", 0...1), ("logits_to_keep", 0...1): return .logitCount
    default:
      throw BackendError(
        .unsupported, in: subject, "needs an input that the backend cannot fill: \(input)",
        remedy:
          "Export the model as a decoder of text alone (Optimum's tasks text-generation, text-generation-with-past)")
    }
  }

  private static func logits(among outputs: [TensorInfo], subject: String) throws -> TensorInfo {
    let candidates = outputs.filter { $0.type.isReal && (2...3).contains($0.extents.count) }
    let others = candidates.filter { StateSlot.key(ofOutput: $0.name) == nil }
    if let logits = candidates.first(where: { $0.name == "logits" }) ?? (others.count == 1 ? others.first : nil) {
      return logits
    }
    throw BackendError(
      .unsupported, in: subject,
      "has no output logits among \(outputs.map(\.description).joined(separator: ", "))",
      remedy: "Export the model with its language-model head (Optimum's task text-generation)")
  }
}
