internal import Ensembling
internal import Foundation
internal import Fusion
internal import ModelBackends
internal import RelativeSpace

extension NamedRule.Settings {
  /// Which shared tokens are anchors: `anchors=4000,choose=farthest`.
  func anchors() throws -> AnchorSelection {
    let choices: [String: (Int, UInt64) throws -> AnchorSelection] = [
      "lowest": { count, _ in .lowestIDs(count) }, "longest": { count, _ in .longest(count) },
      "random": { .random($0, seed: $1) }, "farthest": { .farthest($0, seed: $1) }, "kmeans": { .kMeans($0, seed: $1) },
      "consistent": { .mostConsistent($0, seed: $1) },
      "frequent": { count, _ in .mostFrequent(count, in: try text()) },
    ]
    let make = try choice("choose", choices)
    guard values["anchors"] != "all" else {
      guard values["choose"] == "lowest" else { throw wrong("anchors", "a number where anchors are chosen") }
      return .all
    }
    return try make(try count("anchors"), values["seed"].flatMap { UInt64($0) } ?? 1)
  }

  /// The text in the file that is named.
  private func text() throws -> String {
    guard let path = values["text"], path != "none" else { throw wrong("text", "a file whose tokens are counted") }
    guard let data = FileManager.default.contents(atPath: path) else {
      let problem = InputFile(path).problem?.text ?? "cannot be read"
      throw EvaluationError(.file, "\(path) \(problem)", remedy: "Name a text file.")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// How weights change from step to step: `by=entropy,beta=4`.
  func weighting() throws -> any StepWeighting {
    let entropy = try beta().map { EntropyWeighting(sharpness: $0) } ?? EntropyWeighting()
    return try choice(
      "by",
      [
        "constant": ConstantWeighting() as any StepWeighting, "entropy": entropy, "margin": MarginWeighting(),
        "agreement": AgreementWeighting(), "perplexity": ConstantWeighting(),
      ])
  }

  /// The rule with weights that follow from the prompt: `by=perplexity,beta=2,usual=atlas:1.7/scholar:1.9`. `nil` where
  /// they do not.
  func weighedByPrompt(_ base: any EnsembleRule) throws -> PromptWeightedRule? {
    if values["by"] == "perplexity" {
      let weighting = try beta().map { PerplexityWeighting(sharpness: $0) } ?? PerplexityWeighting()
      return PromptWeightedRule(base, weighting: weighting, usualBitsPerByte: try usual())
    }
    return nil
  }

  private func usual() throws -> [String: Double] {
    guard let text = values["usual"], text != "none" else { return [:] }
    return NamedRule.Setting.usual(text) ?? [:]
  }

  private func beta() throws -> Double? {
    values["beta"] == "none" ? nil : Double(try number("beta"))
  }
}
