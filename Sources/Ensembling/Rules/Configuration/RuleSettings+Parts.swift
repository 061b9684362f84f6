internal import Foundation
package import Fusion
internal import InverseSearch
internal import ModelBackends
internal import RelativeSpace

// The interpretation of the settings that several rules share.

extension RuleSettings {
  var usesCosines: Bool { word("align") == "cosine" || word("align") == "exact" }

  func alignment() throws -> any AlignmentRule {
    let anchors = try anchors()
    let cosine = CosineAlignmentRule(
      anchors: anchors, side: choice("side"),
      options: CosineAlignment.Options(
        temperature: number("temperature"), normalisesRows: choice("normalise", ["yes": true, "no": false])),
      storage: choice("storage"), cache: choice("cache", ["on": .standard, "off": nil]))
    switch word("align") {
    case "cosine": return cosine
    case "exact": return ExactMatchAlignmentRule(cosine: cosine)
    default: return BytePrefixAlignmentRule(anchors: anchors)
    }
  }

  private func anchors() throws -> AnchorSelection {
    guard let number = count(ifAny: "anchors") else { return .all }
    let seed = UInt64(count("seed"))
    switch word("choose") {
    case "longest": return .longest(number)
    case "random": return .random(number, seed: seed)
    case "farthest": return .farthest(number, seed: seed)
    case "kmeans": return .kMeans(number, seed: seed)
    case "consistent": return .mostConsistent(number, seed: seed)
    case "frequent": return .mostFrequent(number, in: try text())
    default: return .lowestIDs(number)
    }
  }

  /// The text of the named file.
  private func text() throws -> String {
    let path = word("text")
    guard path != "none" else { throw wrong("text", wanted: "a file whose tokens are counted") }
    let problem = InputFile(path).problem
    guard problem == nil, let data = FileManager.default.contents(atPath: path) else {
      throw EnsembleError(.unknownRule, "\(path) \(problem?.text ?? "cannot be read")", remedy: "Name a text file.")
    }
    return String(decoding: data, as: UTF8.self)
  }

  func combination() -> any FusionRule { word("combine") == "mean" ? MeanFusion() : GeometricFusion() }

  func search() -> any InverseSearch {
    switch word("search") {
    case "adamw": AdamWSearch(rate: number("rate"), steps: count("steps"))
    case "gradient": GradientSearch(rate: number("rate"), steps: count("steps"))
    default: EMSearch(steps: count("steps"), exponent: number("gamma"))
    }
  }

  /// The change of weights from step to step; for rules that declare ``RuleSetting/stepWeighting``.
  package var weighting: any StepWeighting {
    switch word("by") {
    case "entropy": number(ifAny: "beta").map { EntropyWeighting(sharpness: Double($0)) } ?? EntropyWeighting()
    case "margin": MarginWeighting()
    case "agreement": AgreementWeighting()
    default: ConstantWeighting()
    }
  }

  /// A rule with weights computed from the prompt; `nil` where they are not.
  func promptWeighted(_ rule: any EnsembleRule) -> PromptWeightedRule? {
    guard word("by") == "perplexity" else { return nil }
    let sharpness = number(ifAny: "beta").map { PerplexityWeighting(sharpness: Double($0)) }
    var usual: [String: Double] = [:]
    if case .table(let table) = self["usual"] { usual = table }
    return PromptWeightedRule(rule, weighting: sharpness ?? PerplexityWeighting(), usualBitsPerByte: usual)
  }

  /// The members' weights.
  package var weights: ConfiguredRule.Weights {
    switch self["weights"] {
    case .numbers(let numbers): .fixed(numbers.map { Float($0) })
    case "adaptive": .adaptive
    default: .average
    }
  }
}
