/// A rule's settings, every one with a value that has been checked.
///
/// - Precondition: Getters are called with names that the rule declares, for values of that kind.
public struct RuleSettings: Sendable {
  private let description: RuleDescription
  private var values: [String: SettingValue]

  /// Checks a configuration against what a rule declares.
  ///
  /// - Throws: ``EnsembleError`` with the code `unknownRule` for a setting that the rule does not have, one that has no effect
  ///   beside the others, and a value that cannot be used.
  public init(_ configuration: RuleConfiguration, of description: RuleDescription) throws {
    try self.init(unchecked: configuration, of: description)
    for (name, value) in configuration.settings {
      guard let condition = description.setting(name)?.condition, !condition.holds(self) else { continue }
      throw EnsembleError(
        .unknownRule, "\(name)=\(value) has no effect here: it counts \(condition.words)",
        remedy: "Leave it out, or set what it belongs to.")
    }
  }

  /// Checks names and values, and not whether they have an effect.
  init(unchecked configuration: RuleConfiguration, of description: RuleDescription) throws {
    self.description = description
    values = Dictionary(uniqueKeysWithValues: description.settings.map { ($0.name, $0.standard) })
    for (name, value) in configuration.settings {
      values[name] = try description.value(value, of: name)
    }
  }

  /// The value of a setting.
  public subscript(name: String) -> SettingValue {
    guard let value = values[name] else { preconditionFailure("\(description.name) has no setting \(name).") }
    return value
  }

  /// The word that a setting is, or a number's text.
  public func word(_ name: String) -> String { self[name].description }

  /// A setting that is a number; `nil` where it is a word, such as `none`.
  public func number(ifAny name: String) -> Float? {
    if case .number(let number) = self[name] { Float(number) } else { nil }
  }

  /// A setting that is a number.
  public func number(_ name: String) -> Float {
    guard let number = number(ifAny: name) else { preconditionFailure("\(name)=\(word(name)) is no number.") }
    return number
  }

  /// A setting that is a whole number; `nil` where it is a word, such as `all`.
  public func count(ifAny name: String) -> Int? {
    if case .number(let number) = self[name] { Int(exactly: number) } else { nil }
  }

  /// A setting that is a whole number.
  public func count(_ name: String) -> Int {
    guard let count = count(ifAny: name) else { preconditionFailure("\(name)=\(word(name)) is no whole number.") }
    return count
  }

  /// What a setting's word stands for.
  public func choice<Value>(_ name: String, _ values: KeyValuePairs<String, Value>) -> Value {
    guard let value = values.first(where: { $0.key == word(name) })?.value else {
      preconditionFailure("\(name)=\(word(name)) stands for nothing.")
    }
    return value
  }

  /// The value of a type that a setting's word names.
  public func choice<Value: RawRepresentable<String>>(_ name: String, of type: Value.Type = Value.self) -> Value {
    guard let value = Value(rawValue: word(name)) else {
      preconditionFailure("\(name)=\(word(name)) is no \(type).")
    }
    return value
  }

  /// An error that says what a setting must be.
  public func wrong(_ name: String, wanted: String) -> EnsembleError {
    EnsembleError(
      .unknownRule, "\(name)=\(word(name)) cannot be used with \(description.name)", remedy: "It is \(wanted).")
  }
}
