extension Doctor {
  /// The advice that follows from the figures.
  static func advice(on diagnosis: Diagnosis, thresholds: DoctorThresholds) -> [String] {
    let members = diagnosis.members
    guard members.count > 1 else { return ["There is one member, \(members[0].name): nothing to ensemble."] }
    var advice: [String] = []
    let measured = members.compactMap { member in member.bitsPerByte.value.map { (member.name, $0) } }
    guard let best = measured.min(by: { $0.1 < $1.1 }) else {
      return [
        "No member could read the sample, so that no main model can be advised: \(reason(members[0].bitsPerByte))."
      ] + alignmentAdvice(diagnosis, main: members[0].name, thresholds) + costAdvice(on: diagnosis, thresholds)
    }
    advice.append(
      measured.count == members.count
        ? "Take \(best.0) as the main model: it needs the fewest bits per byte on the sample, \(figure(best.1))."
        : "Take \(best.0) as the main model: of the \(measured.count) of \(members.count) members that could read the "
          + "sample it needs the fewest bits per byte, \(figure(best.1))."
    )
    var helpers = 0
    for member in members where member.name != best.0 {
      let pair = diagnosis.pairs.first { $0.main == best.0 && $0.assistant == member.name }
      switch pair?.trial {
      case .known(let trial) where best.1 - trial.bitsPerByte < thresholds.smallestGain * best.1:
        advice.append(
          "Do not ensemble \(member.name) with \(best.0) for such text: together they need "
            + "\(figure(trial.bitsPerByte)) bits per byte at best, \(best.0) alone \(figure(best.1))."
        )
      case .known(let trial):
        helpers += 1
        advice.append(
          "\(member.name) helps \(best.0): together they need \(figure(trial.bitsPerByte)) bits per byte instead of "
            + "\(figure(best.1)), with the assistant's weight at \(figure(Double(trial.assistantWeight), places: 2))."
        )
      case .unknown(let reason):
        helpers += 1
        advice.append("Whether \(member.name) helps \(best.0) is unknown: \(reason.trimmingFullStops).")
      case nil: break
      }
      if let coverage = pair?.sampleCoverage.value, coverage < thresholds.smallestSampleCoverage {
        advice.append(
          "\(member.name) has only \(figure(100 * coverage, places: 0)) % of the sample's tokens as \(best.0) reads "
            + "it, less than \(figure(100 * thresholds.smallestSampleCoverage, places: 0)) %: tune its weight on texts "
            + "before you rely on it."
        )
      }
    }
    for member in members where !member.hasChatTemplate {
      advice.append(
        "\(member.name) does not say how it wants conversations written (0 templates): give the member a template, or "
          + "let it continue plain text only."
      )
    }
    if helpers == 0 {
      return advice + ["Do not ensemble these: none of the \(members.count - 1) others can help \(best.0)."]
    }
    return advice + alignmentAdvice(diagnosis, main: best.0, thresholds) + costAdvice(on: diagnosis, thresholds)
  }

  private static func alignmentAdvice(
    _ diagnosis: Diagnosis, main: String, _ thresholds: DoctorThresholds
  ) -> [String] {
    var advice: [String] = []
    let pairs = diagnosis.pairs.filter { $0.main == main }
    let agreement = pairs.compactMap { pair in pair.boundaryAgreement.value.map { (pair.assistant, $0) } }
      .min { $0.1 < $1.1 }
    let gigabytes = figure(Double(diagnosis.matrixBytes) / 1e9, places: 2)
    if diagnosis.matrixBytes > thresholds.largestMatrices {
      let limit = figure(Double(thresholds.largestMatrices) / 1e9, places: 2)
      advice.append(
        "Align by byte prefixes: dense matrices with \(diagnosis.sharedByAll) anchors would take \(gigabytes) GB, more "
          + "than \(limit) GB."
      )
    } else if diagnosis.sharedByAll == 0 {
      advice.append("Align by byte prefixes: 0 tokens are shared by all members, so that there are no anchors.")
    } else if let agreement, agreement.1 < thresholds.smallestBoundaryAgreement {
      advice.append(
        "Align by byte prefixes: \(main) and \(agreement.0) agree on only \(figure(100 * agreement.1, places: 0)) % of "
          + "token boundaries, less than \(figure(100 * thresholds.smallestBoundaryAgreement, places: 0)) %."
      )
    } else if let blunt = diagnosis.members.first(where: {
      ($0.relativeSpace.value?.ownMass ?? 1) < thresholds.smallestOwnMass
    }), let space = blunt.relativeSpace.value {
      advice.append(
        "Raise the temperature of the relative space, or align by byte prefixes: of a row of \(blunt.name), "
          + "\(figure(100 * space.ownMass, places: 0)) % stands for its own token, less than "
          + "\(figure(100 * thresholds.smallestOwnMass, places: 0)) %."
      )
    } else if diagnosis.members.allSatisfy({ $0.relativeSpace.value != nil }) {
      let how = agreement.map { "agree on at least \(figure(100 * $0.1, places: 0)) % of token boundaries and " } ?? ""
      advice.append(
        "The published rule is possible too: the members \(how)share \(diagnosis.sharedByAll) tokens, and the matrices "
          + "take \(gigabytes) GB."
      )
    } else if let missing = diagnosis.members.first(where: { $0.relativeSpace.value == nil }) {
      advice.append(
        "Align by byte prefixes, which needs no embeddings: \(missing.name) has no relative space "
          + "(\(reason(missing.relativeSpace)))."
      )
    }
    advice.append(
      "Use the standard rule, which aligns by byte prefixes and multiplies, and tune the \(diagnosis.members.count) "
        + "weights on texts of your own."
    )
    return advice
  }

  private static func reason<Value>(_ finding: Diagnosis.Finding<Value>) -> String {
    if case .unknown(let reason) = finding { return reason.trimmingFullStops }
    return ""
  }
}

extension String {
  /// The text without full stops at the end, for use in the middle of a sentence.
  fileprivate var trimmingFullStops: String {
    var text = self
    while text.hasSuffix(".") { text.removeLast() }
    return text
  }
}
