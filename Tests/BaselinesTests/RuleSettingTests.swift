import Baselines
import Ensembling
import ModelBackendTesting
import Testing

@Suite struct RuleSettingTests {
  @Test(
    arguments: [.gac(threshold: 5), .gac(threshold: -0.1), .gac(threshold: .nan), .unite(topK: 0)] as [any EnsembleRule]
  )
  func unusableOptionsThrowWhenTheFusionIsCreated(rule: any EnsembleRule) {
    let members = ["m", "n"].map { Member(ScriptedBackend(name: $0, tokens: ["a", "</s>"]) { _ in [0, 1] }) }
    let error = #expect(throws: EnsembleError.self) { try rule.fusion(for: members) { _ in } }
    #expect(error?.code == .invalidOptions)
  }
}
