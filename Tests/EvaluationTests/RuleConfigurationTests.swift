import Baselines
import Ensembling
import Evaluation
import Foundation
import Fusion
import InverseSearch
import RelativeSpace
import Testing

/// Rules as data: in Swift, as JSON and on a command line, with a user's own rule among them.
@Suite struct RuleConfigurationTests {
  private static let rules = RuleRegistry.standard

  @Test(arguments: [
    "standard", "standard:by=entropy,beta=2", "deepen:rate=0.3,steps=10", "deepen:search=em,gamma=0.5",
    "deepen:anchors=400,choose=farthest,seed=7,side=output,temperature=30,normalise=no,storage=factored,cache=off",
    "deepen:align=exact,steps=3", "deepen:align=prefix,search=gradient", "deepen:precision=exact",
    "prefix:combine=mean,by=margin", "pairwise:align=cosine,by=agreement", "gac:threshold=0.5", "unite:k=3", "mined",
    "rescore:candidates=5,combine=mean", "gac:by=perplexity,beta=2,usual=a:1.5/b:2", "unite:weights=0.7/0.3",
    "gac:weights=adaptive",
  ])
  func textAndJSONAgree(text: String) throws {
    let configuration = try Self.rules.rule(text).configuration
    #expect(configuration.description == text)
    let json = try JSONEncoder().encode(configuration)
    let read = try JSONDecoder().decode(RuleConfiguration.self, from: json)
    #expect(read == configuration && read.hashValue == configuration.hashValue)
    #expect(try Self.rules.rule(read).rule.name == Self.rules.rule(text).rule.name)
  }

  @Test func settingsInJSONHaveTheirTypes() throws {
    let json = """
      {"rule": "gac", "settings": {"threshold": 0.5, "by": "perplexity", "usual": {"a": 1, "b": 2}, "weights": [0.7, 0.3]}}
      """
    let configuration = try JSONDecoder().decode(RuleConfiguration.self, from: Data(json.utf8))
    #expect(configuration["threshold"] == 0.5 && configuration["by"] == "perplexity")
    #expect(configuration["usual"] == .table(["a": 1, "b": 2]) && configuration["weights"] == .numbers([0.7, 0.3]))
    let rule = try Self.rules.rule(configuration)
    #expect(rule.weights == .fixed([0.7, 0.3]))
    #expect((rule.rule as? PromptWeightedRule)?.usualBitsPerByte == ["a": 1, "b": 2])
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let written = try encoder.encode(RuleConfiguration("deepen", ["steps": 10, "rate": 0.3]))
    #expect(String(decoding: written, as: UTF8.self) == #"{"rule":"deepen","settings":{"rate":0.3,"steps":10}}"#)
    #expect(try JSONDecoder().decode(RuleConfiguration.self, from: Data(#"{"rule": "mined"}"#.utf8)) == .init("mined"))
  }

  @Test(arguments: [
    ("deepen", #"{"rate": "fast"}"#, "It is a number of 0 or more."), ("deepen", #"{"rte": 1}"#, "Did you mean rate?"),
    ("unite", #"{"k": 2.5}"#, "a whole number of 1 or more"), ("gac", #"{"weights": [1]}"#, "with slashes"),
    ("gac", #"{"usual": {"a": -1}, "by": "perplexity"}"#, "bits a byte"), ("gac", #"{"threshold": [1, 2]}"#, "none"),
    ("deepen", #"{"search": "em", "rate": 1}"#, "Leave it out"), ("dee", "{}", "Choose from standard, deepen"),
  ])
  func unusableSettingsAreRefused(rule: String, settings: String, advice: String) throws {
    let json = #"{"rule": "\#(rule)", "settings": \#(settings)}"#
    let configuration = try JSONDecoder().decode(RuleConfiguration.self, from: Data(json.utf8))
    let error = #expect(throws: EnsembleError.self) { try Self.rules.rule(configuration) }
    #expect(error?.code == .unknownRule && error?.remedy.contains(advice) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: [
    "deepen:rate=0.3,steps=10", "deepen:anchors=400,choose=kmeans,seed=7,storage=factored,cache=off",
    "gac:threshold=0.5",
    "pairwise:align=cosine,search=em,by=entropy,beta=2", "rescore:candidates=5", "mined", "unite:k=3",
    "deepen:align=exact,anchors=10", "gac:by=perplexity,beta=2", "pairwise",
  ])
  func aRuleHasItsConfiguration(text: String) throws {
    let rule = try Self.rules.rule(text)
    let configuration = try #require(rule.rule.configuration)
    #expect(try Self.rules.rule(configuration).rule.configuration == configuration)
    #expect(try Self.rules.rule(configuration).rule.name == rule.rule.name)
    for (name, value) in configuration.settings { #expect(rule.configuration[name] == value, "\(name)=\(value)") }
  }

  @Test func valuesWithoutASettingHaveNoConfiguration() {
    #expect(DeePEnRule(search: AdamWSearch(weightDecay: 0)).configuration == nil)
    #expect(DeePEnRule(alignment: CosineAlignmentRule(anchors: .tokens([]))).configuration == nil)
    #expect(PairwiseRule(weighting: MarginWeighting(floor: 0.5)).configuration == nil)
    #expect(PromptWeightedRule(GaCRule(), minimumBytes: 1).configuration == nil)
    #expect(Unnamed().configuration == nil)
  }

  @Test func aRuleIsCreatedFromAConfigurationWithoutARegistry() throws {
    let rule = try DeePEnRule(RuleConfiguration("deepen", ["rate": 0.3, "by": "margin"]))
    #expect((rule.search as? AdamWSearch) == AdamWSearch(rate: 0.3) && rule.weighting is MarginWeighting)
    #expect(try GaCRule(RuleConfiguration("gac")) == GaCRule())
    for wrong in [RuleConfiguration("gac"), RuleConfiguration("deepen", ["k": 3])] {
      #expect(throws: EnsembleError.self) { try DeePEnRule(wrong) }
    }
  }

  /// A rule that no configuration names.
  private struct Unnamed: EnsembleRule {
    var name: String { "unnamed" }
    func fusion(
      for members: [Member], progress: @escaping @Sendable (EnsembleProgress) -> Void
    ) throws -> any TokenFusion { MainModelOnly() }
  }

  /// A user's own rule.
  private struct Careful: ConfigurableRule {
    static let description = RuleDescription(
      "careful", "the main model alone", settings: [.number("floor", default: 0.5, in: 0...1)])
    let floor: Float
    init(_ settings: RuleSettings) { floor = settings.number("floor") }
    var name: String { "careful \(floor)" }
    func fusion(
      for members: [Member], progress: @escaping @Sendable (EnsembleProgress) -> Void
    ) throws -> any TokenFusion { MainModelOnly() }
  }

  @Test func aCustomRuleIsRegisteredWithOneCall() throws {
    let rules = Self.rules.adding(Careful.self)
    let named = try NamedRule("careful:floor=0.1|0.2,weights=3/1", among: rules)
    #expect(named.variants.map(\.label) == ["careful floor=0.1 weights=3/1", "careful floor=0.2 weights=3/1"])
    #expect(try named.variants[1].rule().rule.name == "careful 0.2")
    let prompted = try rules.rule("careful:by=perplexity").rule as? PromptWeightedRule
    #expect(prompted?.base is Careful)
    #expect(try NamedRule("voting:with=careful", among: rules).variants.count == 1)
    #expect(throws: EnsembleError.self) { try rules.rule("careful:floor=2") }
    #expect(throws: EnsembleError.self) { try NamedRule("careful") }
    #expect(NamedRule.descriptions(with: rules).map(\.name).contains("careful"))
  }

  @Test func settingsWithoutEffectAreLeftOutOfVariants() throws {
    let variants = try Self.rules.configurations("deepen:search=adamw|em,rate=0.3|0.5,gamma=0.5")
    #expect(
      variants.map(\.description) == [
        "deepen:search=adamw,rate=0.3", "deepen:search=adamw,rate=0.5", "deepen:search=em,gamma=0.5",
      ])
  }

  @Test func membersNamedInTheConfigurationAreChecked() throws {
    let rule = try Self.rules.rule("gac:by=perplexity,usual=a:1.5/c:2")
    try rule.validate(members: ["a", "c"])
    let error = #expect(throws: EnsembleError.self) { try rule.validate(members: ["a", "b"]) }
    #expect(error?.problem.contains("names c, which is no member and says nothing of b") == true)
    #expect(throws: FusionError.self) { try Self.rules.rule("gac:weights=1/2").validate(members: ["a", "b", "c"]) }
  }
}
