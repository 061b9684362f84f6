internal import Fusion

extension NamedRule {
  /// A setting that a rule has.
  public struct Setting: Sendable {
    /// The name.
    public let name: String
    /// What it is when not given.
    public let standard: String
    /// What it can be, in words.
    public let allowed: String
    let accepts: @Sendable (String) -> Bool
  }
}

extension NamedRule.Setting {
  /// One of some words.
  static func choice(_ name: String, _ standard: String, _ words: [String]) -> Self {
    Self(name: name, standard: standard, allowed: listed(words)) { words.contains($0) }
  }

  /// One of the values of a type.
  static func choice<Value: CaseIterable & RawRepresentable<String>>(
    _ name: String, _ standard: String, _ type: Value.Type
  ) -> Self {
    choice(name, standard, Value.allCases.map(\.rawValue))
  }

  /// A number in a range, or one of some words.
  static func number(
    _ name: String, _ standard: String, _ range: ClosedRange<Float>, or words: [String] = []
  ) -> Self {
    let (first, last) = (range.lowerBound, range.upperBound)
    let numbers =
      if last < .greatestFiniteMagnitude {
        "a number from \(figure(first)) to \(figure(last))"
      } else if first == .leastNormalMagnitude {
        "a number above 0"
      } else {
        "a number of \(figure(first)) or more"
      }
    return Self(name: name, standard: standard, allowed: listed([numbers] + words)) { text in
      words.contains(text) || Float(text).map(range.contains) ?? false
    }
  }

  /// A whole number, or one of some words.
  static func count(_ name: String, _ standard: String, from first: Int = 1, or words: [String] = []) -> Self {
    Self(name: name, standard: standard, allowed: listed(["a whole number of \(first) or more"] + words)) { text in
      words.contains(text) || Int(text).map { $0 >= first } ?? false
    }
  }

  /// How relative distributions become one.
  static func combination(_ standard: String) -> Self { choice("combine", standard, ["mean", "geometric"]) }

  /// How vocabularies meet.
  static func aligning(_ standard: String) -> [Self] { [choice("align", standard, ["cosine", "prefix", "exact"])] }

  /// Settings of searches.
  static func searching(_ standard: String, steps: Int) -> [Self] {
    [
      choice("search", standard, ["adamw", "gradient", "em"]), number("rate", "0.15", 0...(.greatestFiniteMagnitude)),
      count("steps", "\(steps)", from: 0), number("gamma", "1", 0...1),
    ]
  }

  /// Settings of rules with anchors.
  static let anchoring: [Self] = [
    count("anchors", "all", or: ["all"]),
    choice("choose", "lowest", ["lowest", "longest", "random", "farthest", "kmeans", "consistent", "frequent"]),
    Self(name: "seed", standard: "1", allowed: "a whole number of 0 or more") { UInt64($0) != nil },
    Self(name: "text", standard: "none", allowed: "a file whose tokens are counted") { !$0.isEmpty },
    choice("side", "input", ["input", "output"]),
    number("temperature", "100", Float.leastNormalMagnitude...(.greatestFiniteMagnitude)),
    choice("normalise", "yes", ["yes", "no"]),
    choice("storage", "automatic", ["automatic", "dense", "factored"]), choice("cache", "on", ["on", "off"]),
  ]

  /// Settings of rules with weights.
  ///
  /// - Parameter inSteps: Whether the weights can change from step to step.
  static func weighing(inSteps: Bool) -> [Self] {
    let ways = ["constant", "perplexity"] + (inSteps ? ["entropy", "margin", "agreement"] : [])
    return [
      choice("by", "constant", ways), number("beta", "none", 0...(.greatestFiniteMagnitude), or: ["none"]),
      Self(
        name: "usual", standard: "none",
        allowed: "none, or members and their bits a byte, such as atlas:1.7/scholar:1.9, each once"
      ) { $0 == "none" || usual($0) != nil }, weights,
    ]
  }

  /// Settings of rules that combine finished answers, an ensemble's among them.
  static let accompanying: [Self] = [
    Self(name: "with", standard: "none", allowed: "none or a rule that fuses tokens, without settings") {
      $0 == "none" || NamedRule.fusing($0) != nil
    },
    weights,
  ]

  /// How members count.
  static let weights = Self(
    name: "weights", standard: "average",
    allowed: "average, adaptive, or numbers of 0 or more with slashes, not all 0, such as 0.7/0.3"
  ) { $0 == "average" || $0 == "adaptive" || numbers($0) != nil }

  /// Weights that are written as numbers.
  static func numbers(_ text: String) -> [Float]? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Float($0) }
    let known = parts.compactMap(\.self)
    guard known.count > 1, known.count == parts.count else { return nil }
    return (try? MemberWeights.check(known, memberCount: known.count)) == nil ? nil : known
  }

  /// Members and what they usually need in bits a byte.
  static func usual(_ text: String) -> [String: Double]? {
    var usual: [String: Double] = [:]
    for pair in text.split(separator: "/", omittingEmptySubsequences: false) {
      let sides = pair.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      guard sides.count == 2, !sides[0].isEmpty, let bits = Double(sides[1]), bits.isFinite, bits >= 0,
        usual.updateValue(bits, forKey: sides[0]) == nil
      else { return nil }
    }
    return usual
  }

  private static func listed(_ words: [String]) -> String {
    words.count < 2 ? words.joined() : words.dropLast().joined(separator: ", ") + " or " + words[words.count - 1]
  }

  private static func figure(_ number: Float) -> String {
    number == number.rounded() ? "\(Int(number))" : "\(number)"
  }
}
