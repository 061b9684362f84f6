import DeePEn
import Synchronization
import Testing

/// A wrapper in one file: any rule, with a line for each beginning and each step.
struct LoggedFusion: TokenFusion {
  /// The lines.
  final class Log: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock(\.self) }
  }

  var base: any TokenFusion
  let log: Log

  func beginning(_ answer: AnswerStart) async throws -> any TokenFusion {
    log.add("beginning")
    return LoggedFusion(base: try await base.beginning(answer), log: log)
  }

  func fuse(_ step: Step) async throws -> FusedLogits {
    let fused = try await base.fuse(step)
    log.add("step, weights \(fused.weights)")
    return fused
  }
}

/// The wrapper as a rule, which can be wrapped by others.
struct LoggedRule: EnsembleRule {
  var base: any EnsembleRule
  let log: LoggedFusion.Log

  var name: String { "\(base.name), logged" }

  func fusion(
    for members: [Member], progress: @escaping @Sendable (EnsembleProgress) -> Void
  ) throws -> any TokenFusion {
    LoggedFusion(base: try base.fusion(for: members, progress: progress), log: log)
  }
}

@Suite("A wrapper around rules") struct WrapperTests {
  static let rules: [any EnsembleRule] = [
    .standard, .published, .rescoring(candidates: 4), .pairwise(combination: MeanFusion()), .bytePrefix(), .gac(),
    .unite(), .promptWeighted(.standard, weighting: PerplexityWeighting(sharpness: 4)),
    .promptWeighted(.rescoring(candidates: 4)), .deepen(weighting: EntropyWeighting()),
  ]

  @Test(arguments: rules.indices) func itChangesNothing(index: Int) async throws {
    let rule = Self.rules[index]
    var models = Models(seed: UInt64(index))
    let members = try models.members()
    let log = LoggedFusion.Log()
    func elements(_ rule: any EnsembleRule) async throws -> [GeneratedToken] {
      try await Ensemble(
        main: members[0], assistants: Array(members.dropFirst()), weights: .fixed([0.4, 0.35, 0.25]), rule: rule
      ).elements()
    }
    let plain = try await elements(rule)
    #expect(!plain.isEmpty)
    #expect(try await elements(LoggedRule(base: rule, log: log)) == plain)
    #expect(log.all.first == "beginning" && log.all.count == plain.count + 1)
    #expect(
      try await elements(.promptWeighted(LoggedRule(base: rule, log: log)))
        == elements(.promptWeighted(rule)))
  }
}
