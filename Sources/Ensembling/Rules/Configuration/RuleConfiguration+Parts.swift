internal import Fusion
internal import InverseSearch
internal import ModelBackends
internal import RelativeSpace

// Parts of rules as settings: the inverse of `RuleSettings+Parts.swift`. Each is `nil` where no setting expresses
// it.

extension RuleConfiguration {
  typealias Settings = [(String, SettingValue)]

  static func settings(of alignment: any AlignmentRule) -> Settings? {
    switch alignment {
    case let rule as CosineAlignmentRule: settings(of: rule, align: "cosine")
    case let rule as ExactMatchAlignmentRule: settings(of: rule.cosine, align: "exact")
    case let rule as BytePrefixAlignmentRule: settings(of: rule.anchors).map { [("align", "prefix")] + $0 }
    default: nil
    }
  }

  private static func settings(of rule: CosineAlignmentRule, align: String) -> Settings? {
    let isUsual = rule.includesEndOfGeneration && rule.options.memoryLimit == nil
    let isCached = rule.cache == .standard
    guard isUsual, isCached || rule.cache == nil || rule.storage == .dense, let anchors = settings(of: rule.anchors)
    else { return nil }
    return [("align", .word(align))] + anchors + [
      ("side", .word(rule.side.rawValue)), ("temperature", .number(rule.options.temperature)),
      ("normalise", rule.options.normalisesRows ? "yes" : "no"), ("storage", .word(rule.storage.rawValue)),
      ("cache", isCached || rule.storage == .dense ? "on" : "off"),
    ]
  }

  private static func settings(of selection: AnchorSelection) -> Settings? {
    guard let name = selection.name else { return nil }
    guard let count = name.count else { return [("anchors", "all")] }
    return [("anchors", .number(Double(count))), ("choose", .word(name.word))]
      + (name.seed.map { [("seed", .number(Double($0)))] } ?? [])
  }

  static func settings(of combination: any FusionRule) -> Settings? {
    switch combination {
    case is MeanFusion: [("combine", "mean")]
    case let rule as GeometricFusion where rule == GeometricFusion(): [("combine", "geometric")]
    default: nil
    }
  }

  static func settings(of search: any InverseSearch) -> Settings? {
    switch search {
    case let search as AdamWSearch where search == AdamWSearch(rate: search.rate, steps: search.steps):
      [("search", "adamw"), ("rate", .number(search.rate)), ("steps", .number(Double(search.steps)))]
    case let search as GradientSearch:
      [("search", "gradient"), ("rate", .number(search.rate)), ("steps", .number(Double(search.steps)))]
    case let search as EMSearch:
      [("search", "em"), ("steps", .number(Double(search.steps))), ("gamma", .number(search.exponent))]
    default: nil
    }
  }

  static func settings(of weighting: any StepWeighting) -> Settings? {
    switch weighting {
    case is ConstantWeighting: []
    case let rule as EntropyWeighting where rule == EntropyWeighting(): [("by", "entropy")]
    case let rule as EntropyWeighting: [("by", "entropy"), ("beta", .number(rule.sharpness))]
    case let rule as MarginWeighting where rule == MarginWeighting(): [("by", "margin")]
    case let rule as AgreementWeighting where rule == AgreementWeighting(): [("by", "agreement")]
    default: nil
    }
  }

  /// All of several lists; `nil` where one is missing.
  static func joined(_ parts: Settings?...) -> Settings? {
    let known = parts.compactMap(\.self)
    return known.count == parts.count ? known.flatMap(\.self) : nil
  }
}
