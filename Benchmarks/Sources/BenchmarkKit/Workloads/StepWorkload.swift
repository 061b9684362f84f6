import DeePEn
import LinearAlgebra

/// A fused step of a synthetic ensemble, computed by several methods: their times and their agreement.
public struct StepWorkload: Workload {
  /// "step"
  public static let name = "step"
  /// Each member's number of tokens; the main model's first.
  public var vocabularyCounts: [Int]
  /// The number of shared tokens, which are the anchors.
  public var anchorCount: Int
  /// Each member's embedding dimension.
  public var dimensions: [Int]
  /// The distribution of the embeddings.
  public var shape: SyntheticEmbeddings.Shape
  /// The number of steps of the search, T.
  public var steps: Int
  /// The number of a member's likeliest tokens that count, where a method leaves others out.
  public var kept: Int
  /// The target error of a relative distribution where R̂ is factored (`NarrowingPrecision`); `nil` for the standard
  /// one.
  public var tolerance: Float?
  /// The methods that are timed (``StepMethod``).
  public var methods: [String]
  /// The method that the others are compared with (``StepReferences``); `nil` for no comparison.
  public var reference: String?
  /// The number of tokens that the reference keeps, where it leaves others out, or searches among.
  public var referenceKept: Int
  /// The number of steps on which methods are compared.
  public var compared: Int
  /// The number of timings of a step.
  public var rounds: Int
  /// Threads.
  public var threads: Int
  /// A Python interpreter with PyTorch, in which the published step is timed too; `nil` for none.
  public var python: String?
  /// A folder in which alignments are kept between runs; `nil` for none.
  public var cache: String?
  /// The random seed.
  public var seed: UInt64

  /// Describes the measurement.
  public init(
    vocabularyCounts: [Int], anchorCount: Int, dimensions: [Int], shape: SyntheticEmbeddings.Shape, steps: Int,
    kept: Int, tolerance: Float? = nil, methods: [String], reference: String? = nil, referenceKept: Int = 4096,
    compared: Int = 0, rounds: Int, threads: Int, python: String? = nil, cache: String? = nil, seed: UInt64 = 1
  ) {
    self.vocabularyCounts = vocabularyCounts
    self.anchorCount = anchorCount
    self.dimensions = dimensions
    self.shape = shape
    self.steps = steps
    self.kept = kept
    self.tolerance = tolerance
    self.methods = methods
    self.reference = reference
    self.referenceKept = referenceKept
    self.compared = compared
    self.rounds = rounds
    self.threads = threads
    self.python = python
    self.cache = cache
    self.seed = seed
  }

  /// Measures. Samples: each method's seconds under its name, those of PyTorch under "pytorch", and "NAME: L1 tokens",
  /// "NAME: L1 anchors", "left out" and "reference leaves out", the probability of tokens that are not kept. Figures:
  /// "NAME: build", in seconds, "NAME: same choice", "likeliest", the median probability of the main model's likeliest
  /// token.
  public func run() async throws -> Outcome {
    BLAS.threadCount = threads
    let layouts = vocabularyCounts.map { TokenLayout(vocabularyCount: $0, sharedCount: anchorCount) }
    let embeddings = zip(layouts, dimensions).enumerated().map { member, pair in
      SyntheticEmbeddings(pair.0, member: member, dimension: pair.1, shape: shape, seed: seed)
    }
    let inputs = StepInputs(
      layouts: layouts, embeddings: embeddings, steps: steps, kept: kept,
      rows: tolerance.map { NarrowingPrecision(tolerance: $0) } ?? NarrowingPrecision(), cache: cache,
      workers: Workers(count: threads))
    let stream = LogitStream(layouts, seed: seed)
    let logits = try (0..<max(rounds, compared)).map { try stream.logits(atStep: $0) }
    var outcome = Outcome()
    var fusions: [any TokenFusion] = []
    for name in methods {
      let start = ContinuousClock.now
      fusions.append(try StepMethod.named(name).make(inputs))
      outcome.figures["\(name): build"] = start.duration(to: .now) / .seconds(1)
    }
    var contestants = zip(methods, fusions).map { name, fusion in
      Rounds.Contestant(name) { _ = try await fusion.fuse(Step(logits: logits[$0])) }
    }
    if let python {
      let pytorch = try PyTorchStep(
        python: python, vocabularyCounts: vocabularyCounts, anchorCount: anchorCount, steps: steps, threads: threads)
      contestants.append(Rounds.Contestant("pytorch") { _ in try pytorch.step() })
    }
    outcome.samples = try await Rounds.measure(contestants, rounds: rounds)
    try describe(logits, in: &outcome)
    try await compare(fusions, inputs, Array(logits.prefix(compared)), in: &outcome)
    return outcome
  }

  private func describe(_ logits: [[[Float]]], in outcome: inout Outcome) throws {
    var (likeliest, left, referenceLeft) = (Samples("likeliest"), Samples("left out"), Samples("reference leaves out"))
    for step in logits.prefix(40) {
      for (member, logits) in step.enumerated() {
        let distribution = try softmax(logits)
        let order = topK(max(kept, referenceKept), of: distribution)
        if member == 0 { likeliest.values.append(Double(distribution[order[0]])) }
        func mass(_ count: Int) -> Double { 1 - order.prefix(count).reduce(0) { $0 + Double(distribution[$1]) } }
        left.values.append(max(0, mass(kept)))
        referenceLeft.values.append(max(0, mass(referenceKept)))
      }
    }
    outcome.samples += [likeliest, left, referenceLeft]
  }

  private func compare(
    _ fusions: [any TokenFusion], _ inputs: StepInputs, _ steps: [[[Float]]], in outcome: inout Outcome
  ) async throws {
    guard let reference, !steps.isEmpty else { return }
    var exact = inputs
    exact.kept = referenceKept
    // The reference may keep more tokens than the method of the same name.
    let measured = reference == "support" ? nil : methods.firstIndex(of: reference).map { fusions[$0] }
    let compared = try zip(methods, fusions).filter { name, _ in
      try (name != reference || reference == "support") && StepMethod.named(name).isPublishedRule
    }
    guard !compared.isEmpty else { return }
    let right = try measured.map(StepReferences.reference) ?? StepReferences.make(reference, exact)
    let agreements = try await Agreement.measure(compared.map(\.1), against: right, steps: steps)
    for ((name, _), agreement) in zip(compared, agreements) {
      outcome.figures["\(name): same choice"] = agreement.sameChoice
      outcome.samples.append(Samples("\(name): L1 tokens", agreement.tokens.values))
      outcome.samples.append(Samples("\(name): L1 anchors", agreement.anchors.values))
    }
  }
}
