import Baselines
import Ensembling
import Evaluation
import Foundation
import Fusion
import LinearAlgebra
import ModelBackendTesting
import ModelBackends
import RelativeSpace
import Testing

@Suite struct ComparisonTests {
  @Test func theEnsembleAnswersWhatEitherMemberKnows() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let comparison = Comparison(
      members: [
        tokenizing(member("one", knows: UInt8(ascii: "x"), tokens: ["yes!", "no!", "</s>"])),
        tokenizing(member("two", knows: UInt8(ascii: "y"), tokens: ["no!", "yes!", "mu", "</s>"])),
      ], development: items("d"), test: items("t"),
      rules: [
        try NamedRule("prefix"), try NamedRule("gac"), try NamedRule("unite:k=2|3"),
        try NamedRule("mined:weights=adaptive"),
        try NamedRule("prefix:weights=1/0"),
      ], evaluator: ItemEvaluator(generation: ResponseOptions(maximumTokens: 3), separator: ""))
    let outcome = try await comparison.run(
      developmentFile: ResultsFile(folder.appending(path: "d.jsonl").path, run: [:]),
      testFile: ResultsFile(folder.appending(path: "t.jsonl").path, run: [:]))
    let standings = try Standing.standings(
      of: outcome.results, contestants: outcome.contestants.map(\.name), baseline: outcome.baseline)
    let accuracy = Dictionary(uniqueKeysWithValues: standings.map { ($0.contestant, $0.score?.value) })
    #expect(outcome.developmentScores == [0.6, 0.6])
    #expect(accuracy["one alone"] == 0.6)
    for rule in ["prefix", "gac", "mined weights=adaptive"] {
      #expect(accuracy["one ← two, \(rule)"] == 1, "\(rule)")
      #expect(accuracy["two ← one, \(rule)"] == 1, "\(rule)")
    }
    #expect(accuracy["one ← two, prefix weights=1/0"] == 0.6)
    #expect(standings.count == 12)
    #expect(standings.contains { $0.contestant.hasPrefix("one ← two, unite k=") && $0.score?.value == 1 })
    let bits = try #require(standings.first { $0.contestant == "one ← two, prefix weights=1/0" }?.bitsPerByte)
    #expect(abs(bits.value - (try #require(standings[0].bitsPerByte)).value) < 1e-6)
  }

  @Test func controlsAreMeasuredForEveryEnsemble() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let comparison = Comparison(
      members: [
        tokenizing(member("one", knows: UInt8(ascii: "x"), tokens: ["yes!", "no!", "</s>"])),
        tokenizing(member("two", knows: UInt8(ascii: "y"), tokens: ["no!", "yes!", "mu", "</s>"])),
      ], development: items("d"), test: items("t"),
      rules: [try NamedRule("prefix"), try NamedRule("rescore"), try NamedRule("voting")],
      evaluator: ItemEvaluator(generation: ResponseOptions(maximumTokens: 3), separator: ""))
    let outcome = try await comparison.run(
      developmentFile: ResultsFile(folder.appending(path: "d.jsonl").path, run: [:]),
      testFile: ResultsFile(folder.appending(path: "t.jsonl").path, run: [:]))
    let controls = try await ControlFindings.measure(outcome, on: comparison.development, separator: "")
    #expect(controls.map(\.main) == ["one", "two"] && controls.allSatisfy { $0.textCount == 5 })
    for group in controls {
      // Finished answers have no probabilities; rescoring asks for more than logits.
      #expect(group.rows.map { $0.bitsPerByte == nil } == [false, true])
      let row = group.rows[0]
      #expect(group.bitsPerByteAtTemperature <= group.bitsPerByte)
      let gain = try #require(row.gain)
      #expect(abs(gain.value - group.bitsPerByteAtTemperature + (row.bitsPerByte ?? 0)) < 1e-6)
      #expect(gain.low <= gain.value && gain.value <= gain.high && gain.value > 0)
      #expect(try #require(row.shuffledBitsPerByte) > row.bitsPerByte ?? .infinity)
    }
    await #expect(throws: EvaluationError.self) { try await ControlFindings.measure(outcome, on: []) }
  }

  @Test func finishedAnswersAreRowsToo() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let members = [
      tokenizing(member("one", knows: UInt8(ascii: "x"), tokens: ["yes!", "no!", "</s>"])),
      tokenizing(member("two", knows: UInt8(ascii: "y"), tokens: ["no!", "yes!", "mu", "</s>"])),
    ]
    let names = [
      "voting", "voting:with=prefix", "mbr", "mbr:similarity=rougeL,with=gac", "rank", "rank:by=pairwise",
      "rank:with=prefix,best=none", "rank:with=prefix",
    ]
    func comparison(_ test: [EvaluationItem]) throws -> Comparison {
      Comparison(
        members: members, development: items("d"), test: test, rules: try names.map { try NamedRule($0) },
        evaluator: ItemEvaluator(generation: ResponseOptions(maximumTokens: 3), separator: ""))
    }
    func files() throws -> (ResultsFile, ResultsFile) {
      (
        try ResultsFile(folder.appending(path: "d.jsonl").path, run: [:]),
        try ResultsFile(folder.appending(path: "t.jsonl").path, run: [:])
      )
    }
    // With two voters the first one wins a tie; the ensemble knows all, and one member always agrees with it.
    let (first, second) = try files()
    let outcome = try await comparison(Array(items("t").prefix(3))).run(developmentFile: first, testFile: second)
    #expect(outcome.results.allSatisfy { $0.error == nil })
    let standings = try Standing.standings(of: outcome.results, contestants: outcome.contestants.map(\.name))
    let accuracy = Dictionary(uniqueKeysWithValues: standings.map { ($0.contestant, $0.score?.value) })
    #expect(accuracy["one ← two, voting"] == accuracy["one alone"])
    #expect(accuracy["one ← two, voting with=prefix"] == 1)
    // The "!" in both is a third of "no!" and a quarter of "yes!", and recall counts for more, so that "yes!" wins.
    #expect(accuracy["one ← two, mbr"] == 1)
    #expect(accuracy["two ← one, mbr similarity=rougeL with=gac"] == 1)
    #expect(accuracy["one ← two, rank"] == 1)
    #expect(accuracy["one ← two, rank with=prefix best=none"] == 1)
    #expect(standings.count == 2 + 2 * names.count)
    let choice = EvaluationItem(
      id: "c", group: "g", messages: [], expectation: .choice(options: ["no!", "yes!"], right: 1))
    let error = await #expect(throws: EvaluationError.self) {
      _ = try await comparison([choice]).run(developmentFile: first, testFile: second)
    }
    #expect(error?.problem.contains("voting") == true)
  }

  @Test func likelihoodsAreThoseOfTheModel() async throws {
    let member = member("one", knows: UInt8(ascii: "x"), tokens: ["yes!", "no!", "</s>"])
    let ensemble = try Ensemble(
      members: [Member(Tokenizing(base: member.backend), name: "one")], fusion: MainModelOnly())
    let score = try await ensemble.score("yes!no!", after: [Message(role: .user, content: "x")])
    let first = try softmax([6, 0, -3])[0]
    let second = try softmax([0, 0, 5])[1]
    #expect(abs(score.logProbability - Double(ElementaryFunctions.log(first * second))) < 1e-5)
    #expect(score.byteCount == 7 && score.tokens.map(\.token) == [0, 1])
    #expect(abs(score.bitsPerByte + score.logProbability / ElementaryFunctions.log(2.0) / 7) < 1e-12)
  }

  @Test func choicesAreRankedByLikelihood() async throws {
    let member = member("one", knows: UInt8(ascii: "x"), tokens: ["yes!", "no!", "</s>"])
    let ensemble = try Ensemble(
      members: [Member(Tokenizing(base: member.backend), name: "one")], fusion: MainModelOnly())
    let item = EvaluationItem(
      id: "1", group: "g", messages: [Message(role: .user, content: "x")],
      expectation: .choice(options: ["no!", "yes!"], right: 1))
    let result = try await ItemEvaluator(separator: "").evaluate(item, by: Contestant("c", ensemble))
    #expect(result.score == 1 && result.output == "yes!" && result.error == nil)
  }

  @Test(arguments: [
    ("<|user|>{prompt}<|end|>\n<|bot|>", "A"), ("<|user|>{prompt}<|end|>\nThe answer is:\n", "A"),
    ("{prompt}\nAnswer:", "B"),
    ("{prompt}\nAnswer: ", "A"),
  ])
  func optionsAreScoredAsThePromptAsksForThem(pattern: String, chosen: String) async throws {
    // The first token of an answer after a control token or a new line differs from the one after a colon.
    let vocabulary = Vocabulary(
      known: ["A", "B", " A", " B", "?"].map { Token($0) }
        + ["<|user|>", "<|end|>", "<|bot|>"].map { Token($0, kind: .control) }, endOfGeneration: [6])
    let backend = Tokenizing(base: ScriptedBackend(vocabulary: vocabulary) { _ in [5, 2, 0, 2, 0, 0, 0, 0] })
    let member = Member(backend, template: TextTemplate(pattern, markup: .patterns))
    let ensemble = try Ensemble(members: [member], fusion: MainModelOnly())
    let item = EvaluationItem(
      id: "1", group: "g", messages: [Message(role: .user, content: "?")],
      expectation: .choice(options: ["A", "B"], right: chosen == "A" ? 0 : 1))
    let result = try await ItemEvaluator().evaluate(item, by: Contestant("c", ensemble))
    #expect(result.score == 1 && result.output == chosen && result.error == nil)
    let separator = chosen == "A" ? "" : " "
    #expect(try ensemble.separator(after: item.messages) == separator)
    let ranked = try await LikelihoodRanker([ensemble]).scores(of: ["A", "B"], after: item.messages)
    #expect((ranked[0] > ranked[1]) == (chosen == "A"))
    #expect(result.byteCount == 1 + separator.utf8.count)
    let asked = try await ItemEvaluator(separator: " ").evaluate(item, by: Contestant("c", ensemble))
    #expect(asked.output == "B")
  }

  @Test func aRightAnswerStaysRightWhereItCannotBeScored() async throws {
    let ensemble = try Ensemble(
      members: [member("one", knows: UInt8(ascii: "x"), tokens: ["yes!", "no!", "</s>"])], fusion: MainModelOnly())
    let result = try await ItemEvaluator(generation: ResponseOptions(maximumTokens: 3))
      .evaluate(items("t")[0], by: Contestant("c", ensemble))
    #expect(result.score == 1 && result.error?.contains("tokenizer") == true && result.logProbability == nil)
  }

  @Test(arguments: [
    "deepn", "deepen:rates=1", "deepen:rate=x", "gac:threshold=-1", "prefix:combine=sum", "unite:k=0", "",
    "voting:with=mbr", "voting:form=word", "mbr:similarity=bleu", "rank:best=0", "rank:with=prefx",
    "deepen:choose=farthest", "deepen:anchors=10,choose=nearest", "deepen:anchors=0,choose=kmeans",
    "deepen:anchors=10,choose=frequent", "deepen:anchors=10,choose=frequent,text=/no/such/file",
    "deepen:anchors=10,choose=random,seed=x", "deepen:cache=yes", "prefix:by=perplexity,beta=-1", "prefix:beta=2",
    "gac:by=entropy",
    "unite:by=margin", "prefix:usual=a:1", "prefix:by=perplexity,usual=a", "prefix:by=perplexity,usual=a:x",
  ])
  func invalidRuleTextsAreErrors(text: String) {
    #expect(throws: EnsembleError.self) { try NamedRule(text) }
  }

  @Test func theLikeliestExpectedAnswerIsScored() async throws {
    let ensemble = try Ensemble(
      members: [tokenizing(member("one", knows: UInt8(ascii: "x"), tokens: ["yes!", "no!", "</s>"]))],
      fusion: MainModelOnly())
    func result(_ answers: [String], limit: Int = 16) async throws -> ItemResult {
      let item = EvaluationItem(
        id: "1", group: "g", messages: [Message(role: .user, content: "x")],
        expectation: .answer(answers, form: .squad))
      return try await ItemEvaluator(
        generation: ResponseOptions(maximumTokens: 3), expectedAnswerLimit: limit, separator: ""
      ).evaluate(item, by: Contestant("c", ensemble))
    }
    let yes = try await result(["yes!"])
    let no = try await result(["no!"])
    #expect(try #require(yes.logProbability) > (try #require(no.logProbability)))
    // The second one is likelier; a text that cannot be read in the model's tokens does not hide it.
    for answers in [["no!", "yes!"], ["yes!", "no!"], ["maybe", "no!", "yes!"]] {
      let both = try await result(answers)
      #expect(both.logProbability == yes.logProbability && both.byteCount == 4 && both.error == nil)
    }
    #expect(try await result(["yes!", "no!"], limit: 1).logProbability == no.logProbability)
    #expect(try await result(["maybe"]).error?.contains("could not be scored") == true)
  }

  @Test func anOptionIsReadFromAWrittenAnswer() async throws {
    let ensemble = try Ensemble(
      members: [member("one", knows: UInt8(ascii: "x"), tokens: ["yes!", "no!", "</s>"])], fusion: MainModelOnly())
    for (right, score) in [(1, 1.0), (0, 0)] {
      let item = EvaluationItem(
        id: "1", group: "g", messages: [Message(role: .user, content: "x")],
        expectation: .writtenChoice(options: ["no", "yes"], right: right))
      let result = try await ItemEvaluator(generation: ResponseOptions(maximumTokens: 3))
        .evaluate(item, by: Contestant("c", ensemble))
      #expect(result.score == score && result.output == "yes!" && result.error == nil)
    }
  }

  @Test func aMemberThatAnswersNothingEndsTheComparison() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    struct Broken: ModelBackend {
      let base: any ModelBackend
      var name: String { "broken" }
      var vocabulary: Vocabulary { base.vocabulary }
      func makeSession() async throws -> any ModelSession {
        throw BackendError(.engineFailure, in: "broken", "has no room", remedy: "Make some")
      }
    }
    let one = tokenizing(member("one", knows: UInt8(ascii: "x"), tokens: ["yes!", "no!", "</s>"]))
    let comparison = Comparison(
      members: [one, Member(Broken(base: one.backend))], development: items("d"), test: items("t"),
      rules: [try NamedRule("prefix")], evaluator: ItemEvaluator(generation: ResponseOptions(maximumTokens: 3)))
    let error = await #expect(throws: EvaluationError.self) {
      _ = try await comparison.run(
        developmentFile: ResultsFile(folder.appending(path: "d.jsonl").path, run: [:]),
        testFile: ResultsFile(folder.appending(path: "t.jsonl").path, run: [:]))
    }
    #expect(error?.code == .noAnswers && error?.problem.contains("has no room") == true, "\(error?.problem ?? "")")
  }

  @Test func rowsAreKnownBeforeAModelIsLoaded() throws {
    let rules = [try NamedRule("deepen:rate=0.3|0.5"), try NamedRule("prefix")]
    let rows = ComparisonRows(members: ["a", "b", "b + c"], rules: rules, mains: ["a", "b"])
    for name in [
      "a alone", "b + c alone", "a ← b + b + c, prefix", "a ← b + c + b, prefix", "b ← a + b + c, deepen rate=0.5",
    ] { try rows.check(name) }
    for name in [
      "", "a", "c alone", "a ← b, prefix", "a ← b + b + c, unite", "b + c ← a + b, prefix", "a ← a + b + c, prefix",
      "a ← b + b + c, deepen", "a ← b + b + c",
    ] {
      let error = #expect(throws: EvaluationError.self, "\(name)") { try rows.check(name) }
      #expect(error?.remedy.contains("b + c alone") == true)
    }
    try ComparisonRows(members: ["a", "b", "c"], rules: rules, growsGradually: true).check("a ← c, prefix")
    let known = ["a alone", "a ← b + c + b, deepen rate=0.3", "a ← b + c + b, prefix"]
    #expect(rows.row("a ← b + b + c, deepen rate=0.5", among: known) == known[1])
    #expect(rows.row("a ← b + b + c, prefix", among: known) == known[2])
    #expect(rows.row("b ← a + b + c, prefix", among: known) == nil)
    #expect(throws: EvaluationError.self) {
      try ComparisonRows(members: ["a", "b"], rules: rules, mains: ["c"]).checkMains()
    }
  }

  @Test func settingsAreCombined() throws {
    let rule = try NamedRule("deepen:rate=0.3|0.5,steps=5|10,weights=0.7/0.3")
    #expect(rule.variants.map(\.label).contains("deepen rate=0.5 steps=10 weights=0.7/0.3"))
    #expect(rule.variants.count == 4)
    #expect(try rule.variants[3].rule().rule.name == "DeePEn (cosine, mean, η 0.5, T 10)")
    let chosen = try NamedRule("deepen:anchors=10,choose=lowest|longest|random|farthest|kmeans|consistent,seed=3")
    #expect(chosen.variants.count == 6)
    let weighted = try NamedRule("gac:by=perplexity,beta=0.5|4,usual=a:1.5/b:2").variants.map {
      try $0.rule().rule
    }
    let rules = weighted.compactMap { $0 as? PromptWeightedRule }
    #expect(rules.map(\.weighting.sharpness) == [0.5, 4] && rules.allSatisfy { $0.base is GaCRule })
    #expect(rules.first?.usualBitsPerByte == ["a": 1.5, "b": 2])
    #expect(throws: EnsembleError.self) { try NamedRule("rank:by=likelihood").variants[0].rule() }
    let caches = try NamedRule("deepen:storage=factored,cache=on|off").variants.map { variant in
      ((try variant.rule().rule as? DeePEnRule)?.alignment as? CosineAlignmentRule)?.cache
    }
    #expect(caches == [.standard, nil])
    #expect(
      ((try NamedRule("pairwise:align=cosine").variants[0].rule().rule as? PairwiseRule)?.alignment
        as? CosineAlignmentRule)?.cache == .standard)
    for rule in NamedRule.descriptions() { #expect(try NamedRule(rule.name).variants.count == 1) }
  }
}
