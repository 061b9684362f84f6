/// A setting that a rule declares: its name, its default, and its allowed values.
public struct RuleSetting: Sendable {
  /// The name.
  public let name: String
  /// The default value.
  public let standard: SettingValue
  /// The allowed values, in words.
  public let allowed: String
  /// The value in its canonical form; `nil` for one that cannot be used.
  let read: @Sendable (SettingValue) -> SettingValue?
  /// The condition for the setting to have an effect.
  private(set) var condition: Condition?

  /// A condition for a setting to have an effect.
  struct Condition: Sendable {
    var words: String
    var holds: @Sendable (RuleSettings) -> Bool
  }

  init(
    _ name: String, standard: SettingValue, allowed: String,
    read: @escaping @Sendable (SettingValue) -> SettingValue?
  ) {
    self.name = name
    self.standard = standard
    self.allowed = allowed
    self.read = read
  }

  /// One of some words.
  ///
  /// - Parameters:
  ///   - name: The setting's name.
  ///   - standard: The default.
  ///   - words: The values that can be used.
  ///   - allowed: The choices, in words; `nil` for the words themselves.
  public static func choice(
    _ name: String, default standard: String, of words: [String], allowed: String? = nil
  ) -> RuleSetting {
    RuleSetting(name, standard: .word(standard), allowed: allowed ?? listed(words)) { value in
      words.contains(value.description) ? .word(value.description) : nil
    }
  }

  /// One of the values of a type.
  public static func choice<Value: CaseIterable & RawRepresentable<String>>(
    _ name: String, default standard: Value
  ) -> RuleSetting {
    choice(name, default: standard.rawValue, of: Value.allCases.map(\.rawValue))
  }

  /// A number in a range, or one of some words.
  public static func number(
    _ name: String, default standard: SettingValue, in range: ClosedRange<Float> = 0...(.greatestFiniteMagnitude),
    or words: [String] = []
  ) -> RuleSetting {
    let (first, last) = (range.lowerBound, range.upperBound)
    let numbers =
      if last < .greatestFiniteMagnitude {
        "a number from \(SettingValue.number(first)) to \(SettingValue.number(last))"
      } else if first == .leastNormalMagnitude {
        "a number above 0"
      } else {
        "a number of \(SettingValue.number(first)) or more"
      }
    return numeric(name, standard, listed([numbers] + words), words) { range.contains(Float($0)) }
  }

  /// A whole number, or one of some words.
  public static func count(
    _ name: String, default standard: SettingValue, from first: Int = 1, or words: [String] = []
  ) -> RuleSetting {
    let allowed = listed(["a whole number of \(first) or more"] + words)
    return numeric(name, standard, allowed, words) { Int(exactly: $0).map { $0 >= first } ?? false }
  }

  private static func numeric(
    _ name: String, _ standard: SettingValue, _ allowed: String, _ words: [String],
    _ accepts: @escaping @Sendable (Double) -> Bool
  ) -> RuleSetting {
    RuleSetting(name, standard: standard, allowed: allowed) { value in
      switch value {
      case .number(let number) where accepts(number): return value
      case .word(let word) where words.contains(word): return value
      case .word(let text): return Double(text).flatMap { accepts($0) ? .number($0) : nil }
      default: return nil
      }
    }
  }

  /// Free text, such as a path; `none` where there is none.
  public static func text(_ name: String, allowed: String) -> RuleSetting {
    RuleSetting(name, standard: "none", allowed: allowed) { value in
      value.description.isEmpty ? nil : .word(value.description)
    }
  }

  /// The same setting, with a condition for it to have an effect: given where the condition does not hold it is
  /// refused.
  ///
  /// - Parameters:
  ///   - words: The condition in words, such as "with search=em".
  ///   - holds: Returns whether the condition holds.
  public func counting(
    _ words: String, where holds: @escaping @Sendable (_ settings: RuleSettings) -> Bool
  ) -> RuleSetting {
    var setting = self
    setting.condition = Condition(words: words, holds: holds)
    return setting
  }

  private static func listed(_ words: [String]) -> String {
    words.count < 2 ? words.joined() : words.dropLast().joined(separator: ", ") + " or " + words[words.count - 1]
  }
}
