internal import Dispatch
public import Ensembling
public import ModelBackends

/// MinED: every assistant token is mapped to the main model's token at minimum edit distance, and distributions are
/// averaged (the token alignment of FuseLLM, arXiv 2401.10491, as the DeePEn paper compares with it).
///
/// Distances are counted in bytes. Among equally near tokens the one with the longest common prefix is chosen, then the
/// one with the lowest identifier.
public struct MinEDRule: EnsembleRule, Hashable {
  /// Creates the rule.
  package init() {}

  /// "MinED".
  public var name: String { "MinED" }

  /// Finds the nearest token of each assistant token.
  ///
  /// - Throws: `RelativeSpaceError` where an assistant shares no token with the main model, `CancellationError`.
  /// - Complexity: That of ``map(from:to:progress:)`` for each assistant.
  public func fusion(
    for members: [Member], progress: @escaping @Sendable (EnsembleProgress) -> Void
  ) throws -> any TokenFusion {
    try members.checkThatTokensAreShared()
    let assistants = members.dropFirst()
    let maps = try assistants.enumerated().map { index, member in
      let activity = "matching the tokens of \(member.name)"
      return try Self.map(from: member.backend.vocabulary, to: members[0].backend.vocabulary) { part in
        progress(EnsembleProgress(activity: activity, fraction: (Double(index) + part) / Double(assistants.count)))
      }
    }
    progress(EnsembleProgress(activity: "tokens matched", fraction: 1))
    return MappedFusion(maps: maps)
  }

  /// Maps each token of an assistant to the main model's token with the same bytes, else to the nearest one.
  ///
  /// - Parameters:
  ///   - assistant: The vocabulary whose tokens are mapped.
  ///   - main: The vocabulary that they are mapped to.
  ///   - progress: Called with the fraction done of the tokens without an equal, from 0 to 1.
  /// - Returns: A token of `main` for each token of `assistant`, −1 for those that map to none.
  /// - Throws: `CancellationError`.
  /// - Complexity: A search by edit distance for each assistant token that the main model lacks, on all cores.
  public static func map(
    from assistant: Vocabulary, to main: Vocabulary, progress: (Double) -> Void = { _ in }
  ) throws -> [Int32] {
    var lacking: [TokenID] = []
    var map = MappedFusion.map(from: assistant, to: main) { token, _ in
      lacking.append(token)
      return nil
    }
    let index = EditDistanceIndex(main.textTokens.map { (token: $0, bytes: Array(main.bytes(of: $0))) })
    let unknown = lacking.filter { map[$0] < 0 }
    for start in stride(from: 0, to: unknown.count, by: batchSize) {
      try Task.checkCancellation()
      let batch = unknown[start..<min(start + batchSize, unknown.count)]
      for (token, match) in zip(batch, nearest(to: batch.map { Array(assistant.bytes(of: $0)) }, in: index)) {
        map[token] = match
      }
      progress(Double(batch.endIndex) / Double(unknown.count))
    }
    return map
  }

  /// The number of tokens between two checks for cancellation: a tenth of a second of work.
  private static let batchSize = 256

  private static func nearest(to texts: [[UInt8]], in index: EditDistanceIndex) -> [Int32] {
    [Int32](unsafeUninitializedCapacity: texts.count) { found, initialized in
      // Each element is written by one iteration alone.
      nonisolated(unsafe) let elements = found
      DispatchQueue.concurrentPerform(iterations: texts.count) { text in
        elements[text] = Int32(index.nearest(to: texts[text])?.token ?? -1)
      }
      initialized = texts.count
    }
  }
}

extension EnsembleRule where Self == MinEDRule {
  /// MinED: assistant tokens are mapped to the nearest main token by edit distance.
  public static var minED: MinEDRule { MinEDRule() }
}
