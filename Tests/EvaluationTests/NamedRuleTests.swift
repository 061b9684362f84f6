import Baselines
import Ensembling
import Evaluation
import Fusion
import ModelBackendTesting
import ModelBackends
import Testing

@Suite struct NamedRuleTests {
  /// The error with which a text is refused.
  private func refusal(_ text: String) -> EnsembleError? {
    #expect(throws: EnsembleError.self, "\(text)") { try NamedRule(text) }
  }

  @Test(arguments: NamedRule.descriptions().map(\.name)) func everySettingRefusesWhatItCannotBe(name: String) throws {
    let entry = try #require(NamedRule.descriptions().first { $0.name == name })
    #expect(!entry.settings.isEmpty && Set(entry.settings.map(\.name)).count == entry.settings.count)
    for setting in entry.settings {
      let nonsense = ["", "sum-of-all", "-1", "nan", "inf", "1e99", "1.5.2", "0.1/-0.1", "0/0", " ", "|", "1|"]
      for value in nonsense where !(setting.name == "text" && !value.contains("|") && !value.isEmpty) {
        let error = refusal("\(name):\(setting.name)=\(value)")
        #expect(error?.code == .unknownRule)
        #expect(
          error?.remedy.contains(setting.allowed) == true, "\(setting.name)=\(value): \(error?.description ?? "")")
      }
      let twice = refusal("\(name):\(setting.name)=\(setting.standard),\(setting.name)=\(setting.standard)")
      #expect(twice?.problem.contains("twice") == true, "\(twice?.description ?? "")")
      let again = refusal("\(name):\(setting.name)=\(setting.standard)|\(setting.standard)")
      #expect(again?.problem.contains("twice") == true, "\(again?.description ?? "")")
    }
    for text in [
      "\(name):", "\(name):,", "\(name):=", "\(name):\(entry.settings[0].name)", "\(name):rte=1", "\(name):|",
    ] {
      #expect(refusal(text)?.remedy.contains("Its settings are") == true)
    }
    #expect(try NamedRule(name).only().label == name)
  }

  @Test(arguments: [
    ("gac:threshold=5", "from 0 to 1 or none"), ("gac:threshold=1.01", "from 0 to 1 or none"),
    ("deepen:search=em,gamma=1.5", "from 0 to 1"), ("deepen:temperature=0", "above 0"),
    ("deepen:rate=0.1,rate=0.2", "once"), ("deepen:rate=0.1|0.1", "once"), ("deepen:steps=-1", "0 or more"),
    ("deepen:steps=2.5", "whole number"), ("deepen:anchors=0", "1 or more or all"),
    ("unite:k=0", "1 or more"), ("rescore:candidates=0", "1 or more"), ("prefix:weights=0/0", "not all 0"),
    ("prefix:weights=1", "slashes"), ("prefix:weights=1//2", "slashes"), ("prefix:weights=1/nan", "slashes"),
    ("prefix:by=perplexity,usual=a:1/a:2", "each once"), ("prefix:by=perplexity,usual=a:1/", "each once"),
    ("gac:by=entropy", "constant or perplexity"), ("voting:form=word", "squad"),
  ])
  func theAllowedValuesAreNamed(_ text: String, _ words: String) {
    let error = refusal(text)
    #expect(error?.remedy.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: [
    ("deepen:search=em,rate=0.5", "search=adamw"), ("deepen:gamma=0.5", "search=em"),
    ("deepen:align=prefix,temperature=10", "align=cosine"), ("pairwise:side=output", "align=cosine"),
    ("pairwise:storage=dense", "align=cosine"), ("pairwise:normalise=no", "align=cosine"),
    ("deepen:align=exact,precision=exact", "align=cosine"), ("deepen:storage=dense,cache=off", "not kept whole"),
    ("deepen:choose=farthest", "number of anchors"), ("deepen:anchors=10,seed=3", "random, farthest"),
    ("deepen:anchors=10,text=a.txt", "choose=frequent"), ("prefix:beta=2", "by=perplexity"),
    ("prefix:by=margin,beta=2", "by=perplexity"), ("prefix:usual=a:1", "by=perplexity"),
    ("prefix:by=entropy,usual=a:1", "by=perplexity"), ("rank:best=5", "with=RULE"), ("voting:weights=1/0", "with=RULE"),
    ("mbr:weights=adaptive", "with=RULE"),
  ])
  func aSettingWithoutEffectIsRefused(_ text: String, _ condition: String) {
    let error = refusal(text)
    #expect(
      error?.problem.contains("has no effect") == true && error?.problem.contains(condition) == true,
      "\(error?.description ?? "")")
  }

  @Test(arguments: [
    "deepen:search=adamw|em,rate=0.3,gamma=0.5", "deepen:search=em,gamma=0", "deepen:storage=dense|factored,cache=off",
    "pairwise:align=cosine,temperature=1,side=output", "gac:threshold=0", "gac:threshold=1", "deepen:steps=0",
    "rank:with=standard,best=5", "voting:with=standard,weights=1/0", "prefix:by=entropy,beta=2",
    "deepen:anchors=10,choose=random,seed=0",
  ])
  func settingsOfAnyPartAreRead(_ text: String) throws {
    #expect(try !NamedRule(text).variants.isEmpty)
  }

  @Test func theStandardRuleHasOneName() throws {
    let standard = try #require(try NamedRule(RuleRegistry.standardName).only().tokenRule() as? StandardRule)
    let swift: StandardRule = .standard
    let pairwise = try NamedRule("pairwise").only().tokenRule()
    #expect(standard.name == swift.name && standard.name == pairwise.name)
    #expect(NamedRule.descriptions()[0].name == "standard")
    let weighted = try NamedRule("standard:by=entropy").only().tokenRule() as? PairwiseRule
    #expect(weighted?.weighting is EntropyWeighting)
  }

  @Test func nothingIsLostOnTheWayToARule() throws {
    #expect(throws: EnsembleError.self) { try NamedRule("deepen:rate=0.1|0.2").only() }
    #expect(throws: EnsembleError.self) { try RuleRegistry.standard.rule("deepen:rate=0.1|0.2") }
    for weights in ["1/0", "adaptive"] {
      let variant = try NamedRule("standard:weights=\(weights)").only()
      #expect(throws: EnsembleError.self) { try variant.tokenRule() }
    }
    #expect(throws: EnsembleError.self) { try NamedRule("voting:with=gac").only().tokenRule() }
    let adaptive = try NamedRule("gac:weights=adaptive").only().rule()
    let error = #expect(throws: EnsembleError.self) { try adaptive.memberWeights() }
    #expect(error?.code == .invalidOptions && error?.description.contains("scores") == true)
    #expect(try adaptive.memberWeights(scores: [3, 1]).weights(memberCount: 2) == [0.75, 0.25])
    #expect(try NamedRule("gac:weights=1/3").only().rule().memberWeights() == .fixed([1, 3]))
  }

  @Test func aNearlyRightNameIsSuggested() {
    #expect(refusal("deepn")?.remedy.hasPrefix("Did you mean deepen? Choose from standard, ") == true)
    #expect(refusal("deepen:rates=1")?.remedy.hasPrefix("Did you mean rate? Its settings are ") == true)
    #expect(refusal("xyz")?.remedy.hasPrefix("Choose from") == true)
  }
}
