package import DeePEn
import Evaluation

/// Examines members before they answer together: their shared tokens, the sharpness of their relative spaces, their
/// distance from each other, and advice.
package enum Doctor {
  /// Examines members.
  ///
  /// A figure that is unavailable does not stop the others; it carries the reason.
  ///
  /// - Parameters:
  ///   - members: The members, in any order.
  ///   - sampleText: Text of the kind that they will write, a few hundred words of it; empty for figures from the files
  ///     only.
  ///   - rule: The alignment whose relative spaces are examined.
  ///   - rowCount: The number of rows that are sampled of each relative space.
  ///   - thresholds: The thresholds of the advice.
  /// - Throws: ``EvaluationError`` where there is no member; `CancellationError`.
  /// - Complexity: Each member alone reads the sample once, each pair three times; each alignment is built twice, where
  ///   it is not too large. Without a sample, nothing is read, and the figures are those of the files.
  package static func examine(
    members: [Member], sampleText: String, rule: CosineAlignmentRule = CosineAlignmentRule(), rowCount: Int = 64,
    thresholds: DoctorThresholds = DoctorThresholds()
  ) async throws -> Diagnosis {
    guard !members.isEmpty else {
      throw EvaluationError(.incomplete, "There is no member to examine", remedy: "Name at least two models.")
    }
    let vocabularies = members.map(\.backend.vocabulary)
    let sharedByAll = Anchors.sharedTokenCount(of: vocabularies)
    let matrixBytes = vocabularies.reduce(0) {
      let (sum, overflows) = $0.addingReportingOverflow(
        CosineAlignment.byteCount(vocabularyCount: $1.count, anchorCount: sharedByAll))
      return overflows ? .max : sum
    }
    let spaces = relativeSpaces(
      of: members, rule: rule, rowCount: rowCount, sharedByAll: sharedByAll,
      matrixBytes: matrixBytes, limit: thresholds.largestMatrices)
    var findings: [Diagnosis.MemberFindings] = []
    for (member, space) in zip(members, spaces) {
      try Task.checkCancellation()
      let (bits, seconds) = await reading(of: sampleText, by: member)
      findings.append(
        Diagnosis.MemberFindings(
          name: member.name, vocabularyCount: member.backend.vocabulary.count,
          contextLength: member.backend.contextLength,
          embeddingDimension: finding { try member.embeddingTable(rule.side).dimension },
          hasTokenizer: member.backend.tokenizer != nil, hasChatTemplate: member.backend.chatTemplate != nil,
          bitsPerByte: bits, secondsPerStep: seconds,
          matrixBytes: CosineAlignment.byteCount(
            vocabularyCount: member.backend.vocabulary.count, anchorCount: sharedByAll),
          prefixBytes: member.backend.vocabulary.count * MemoryLayout<Int32>.size, relativeSpace: space))
    }
    var pairs = pairs(of: members, on: Array(sampleText.utf8))
    for index in pairs.indices {
      try Task.checkCancellation()
      let group = [pairs[index].main, pairs[index].assistant].compactMap { name in members.first { $0.name == name } }
      pairs[index].trial = await trial(of: group, on: sampleText)
    }
    let best = findings.indices.filter { findings[$0].bitsPerByte.value != nil }.min {
      (findings[$0].bitsPerByte.value ?? 0) < (findings[$1].bitsPerByte.value ?? 0)
    }
    var rules: [Diagnosis.RuleFindings] = []
    if members.count > 1 {
      rules = await Self.rules(
        for: members, main: best ?? 0, steps: findings.map(\.secondsPerStep), on: sampleText, published: rule,
        matrixBytes: matrixBytes, limit: thresholds.largestMatrices)
    }
    try Task.checkCancellation()
    var diagnosis = Diagnosis(
      members: findings, pairs: pairs, rules: rules, sharedByAll: sharedByAll, matrixBytes: matrixBytes, advice: [])
    diagnosis.advice = advice(on: diagnosis, thresholds: thresholds)
    return diagnosis
  }

  /// The value of a measurement, or its error's message.
  static func finding<Value>(_ measure: () throws -> Value) -> Diagnosis.Finding<Value> {
    do { return .known(try measure()) } catch { return .unknown("\(error)") }
  }

  static func finding<Value>(_ measure: () async throws -> Value) async -> Diagnosis.Finding<Value> {
    do { return .known(try await measure()) } catch { return .unknown("\(error)") }
  }

  /// A member alone reads the sample after its first line, or its first word.
  private static func reading(
    of text: String, by member: Member
  ) async -> (bits: Diagnosis.Finding<Double>, seconds: Diagnosis.Finding<Double>) {
    var alone = member
    alone.policy = .required
    do {
      let clock = ContinuousClock()
      let start = clock.now
      let score = try await score(of: text, by: Ensemble(members: [alone], fusion: MainModelOnly()))
      let seconds = start.duration(to: clock.now) / .seconds(1)
      return (.known(score.bitsPerByte), .known(seconds / Double(max(score.tokens.count, 1))))
    } catch {
      return (.unknown("\(error)"), .unknown("the sample could not be read"))
    }
  }

  /// A main model and an assistant read the sample together, with the assistant's weight at ½, ¼ and ¾.
  private static func trial(of pair: [Member], on text: String) async -> Diagnosis.Finding<Diagnosis.Trial> {
    var best: Diagnosis.Trial?
    do {
      for weight: Float in [0.5, 0.25, 0.75] {
        let ensemble = try await Ensemble(
          main: pair[0], assistants: [pair[1]], weights: .fixed([1 - weight, weight]), rule: .standard)
        let bits = try await score(of: text, by: ensemble).bitsPerByte
        if best.map({ bits < $0.bitsPerByte }) ?? true { best = .init(bitsPerByte: bits, assistantWeight: weight) }
      }
    } catch {
      return .unknown("\(error)")
    }
    return best.map { .known($0) } ?? .unknown("no weight was tried")
  }

  /// Scores a text after its first word.
  private static func score(of text: String, by ensemble: Ensemble) async throws -> TextScore {
    let (first, rest) = try parts(of: text)
    return try await ensemble.score(rest, continuing: first)
  }

  private static var noSample: EvaluationError {
    EvaluationError(.incomplete, "There is no sample", remedy: "Give some hundred words of text")
  }

  /// The first word of a text, and the rest of it.
  static func parts(of text: String) throws -> (first: String, rest: String) {
    guard !text.isEmpty else { throw noSample }
    guard let cut = text.firstIndex(where: { $0 == "\n" || $0 == " " }), cut > text.startIndex else {
      throw EvaluationError(.incomplete, "The sample has no two words", remedy: "Give some hundred words of text.")
    }
    return (String(text[..<cut]), String(text[cut...]))
  }

  private static func pairs(of members: [Member], on sample: [UInt8]) -> [Diagnosis.PairFindings] {
    let readings = members.map { member in
      finding {
        guard !sample.isEmpty else { throw noSample }
        guard let tokenizer = member.backend.tokenizer else {
          throw EvaluationError(
            .incomplete, "\(member.name) has no tokenizer", remedy: "Let its backend's `tokenizer` return one.")
        }
        return try tokenizer.encode(sample, options: EncodingOptions())
      }
    }
    return members.indices.flatMap { main in
      members.indices.filter { $0 != main }.map { other in
        let (ours, theirs) = (members[main].backend.vocabulary, members[other].backend.vocabulary)
        let shared = Anchors.sharedTokenCount(of: [ours, theirs])
        return Diagnosis.PairFindings(
          main: members[main].name, assistant: members[other].name, sharedTokens: shared,
          shareOfMain: Double(shared) / Double(max(ours.count, 1)),
          shareOfAssistant: Double(shared) / Double(max(theirs.count, 1)),
          sampleCoverage: combined(readings[main], readings[main]) { tokens, _ in
            let text = tokens.filter { ours.kind(of: $0).isText }
            let known = text.filter { theirs.id(forBytes: ours.bytes(of: $0)) != nil }
            return Double(known.count) / Double(max(text.count, 1))
          },
          boundaryAgreement: combined(readings[main], readings[other]) { tokens, others in
            let (a, b) = (boundaries(of: tokens, in: ours), boundaries(of: others, in: theirs))
            return Double(a.intersection(b).count) / Double(max(a.union(b).count, 1))
          }, trial: .unknown("it was not tried"))
      }
    }
  }

  private static func combined(
    _ a: Diagnosis.Finding<[TokenID]>, _ b: Diagnosis.Finding<[TokenID]>, _ make: ([TokenID], [TokenID]) -> Double
  ) -> Diagnosis.Finding<Double> {
    switch (a, b) {
    case (.known(let a), .known(let b)): .known(make(a, b))
    case (.unknown(let reason), _), (_, .unknown(let reason)): .unknown(reason)
    }
  }

  /// The ends of a text's tokens, as byte offsets.
  private static func boundaries(of tokens: [TokenID], in vocabulary: Vocabulary) -> Set<Int> {
    var (end, ends) = (0, Set<Int>())
    for token in tokens where vocabulary.kind(of: token).isText {
      end += vocabulary.bytes(of: token).count
      ends.insert(end)
    }
    return ends
  }
}
