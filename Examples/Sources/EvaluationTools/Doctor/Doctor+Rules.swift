import DeePEn
import Evaluation

extension Doctor {
  /// The number of characters of the sample with which rules are measured: a few dozen steps.
  private static let measuredLength = 200

  /// The cost of rules with one member as the main model and all others as assistants.
  ///
  /// The beginning of the sample is read once; each rule then fuses the recorded logits.
  static func rules(
    for members: [Member], main: Int, steps: [Diagnosis.Finding<Double>], on text: String,
    published: CosineAlignmentRule, matrixBytes: Int, limit: Int
  ) async -> [Diagnosis.RuleFindings] {
    let rules: [(name: String, rule: any EnsembleRule)] = [
      ("standard", .standard), ("published", .deepen(alignment: published)), ("GaC", .gac()), ("UniTE", .unite()),
    ]
    let order = [main] + members.indices.filter { $0 != main }
    let group = order.map { index in
      var member = members[index]
      member.policy = .required
      return member
    }
    let recording: LogitRecording
    do {
      let (first, rest) = try parts(of: text)
      recording = try await LogitRecording(
        members: group, texts: [.init(String(rest.prefix(measuredLength)), after: .text(first))])
    } catch {
      return rules.map { Diagnosis.RuleFindings(name: $0.name, cost: .unknown("\(error)")) }
    }
    let known = steps.compactMap(\.value)
    let membersStep = known.count == steps.count ? known.reduce(0, +) : nil
    var findings: [Diagnosis.RuleFindings] = []
    for (name, rule) in rules {
      if name == "published", matrixBytes > limit {
        let reason = "the matrices would take \(amount(matrixBytes)), more than \(amount(limit))"
        findings.append(Diagnosis.RuleFindings(name: name, cost: .unknown(reason)))
        continue
      }
      let found = await finding { try await cost(of: rule, group, on: recording, membersStep: membersStep) }
      findings.append(Diagnosis.RuleFindings(name: name, cost: found))
    }
    return findings
  }

  private static func cost(
    of rule: any EnsembleRule, _ members: [Member], on recording: LogitRecording, membersStep: Double?
  ) async throws -> Diagnosis.RuleCost {
    let clock = ContinuousClock()
    let start = clock.now
    let fusion = try rule.fusion(for: members) { _ in }
    let preparing = start.duration(to: clock.now) / .seconds(1)
    let seconds = try await recording.score(of: fusion).secondsPerStep
    return Diagnosis.RuleCost(
      secondsToPrepare: preparing, secondsPerFusion: seconds,
      shareOfStep: membersStep.map { seconds / max(seconds + $0, .leastNormalMagnitude) })
  }

  /// The cost of rules, as sentences.
  static func costAdvice(on diagnosis: Diagnosis, _ thresholds: DoctorThresholds) -> [String] {
    var advice: [String] = []
    for rule in diagnosis.rules {
      guard case .known(let cost) = rule.cost, let share = cost.shareOfStep else { continue }
      let time = "\(figure(cost.secondsPerFusion * 1000)) ms, \(figure(100 * share, places: 0)) % of a step"
      if rule.name == "standard" {
        advice.append(
          "Fusion by the standard rule takes \(time) in which the \(diagnosis.members.count) members are asked one "
            + "after the other."
        )
      } else if share > thresholds.largestFusionShare {
        advice.append(
          "Fusion by \(rule.name == "published" ? "the published rule" : rule.name) takes \(time), more than "
            + "\(figure(100 * thresholds.largestFusionShare, places: 0)) %: there it is fusion that costs, not the "
            + "models."
        )
      }
    }
    let prefixes = diagnosis.members.reduce(0) { $0 + $1.prefixBytes }
    advice.append(
      "Alignment by byte prefixes takes \(amount(prefixes)) for all members, dense matrices "
        + "\(amount(diagnosis.matrixBytes))."
    )
    return advice
  }

  /// A number of bytes in a suitable unit.
  static func amount(_ bytes: Int) -> String {
    switch Double(bytes) {
    case 1e9...: "\(figure(Double(bytes) / 1e9, places: 2)) GB"
    case 1e6...: "\(figure(Double(bytes) / 1e6, places: 2)) MB"
    default: "\(figure(Double(bytes) / 1e3, places: 1)) kB"
    }
  }
}
