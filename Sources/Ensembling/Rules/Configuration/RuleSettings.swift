/// A rule's settings, all with checked values.
///
/// - Precondition: Getters are called with names that the rule declares, for values of that kind.
public struct RuleSettings: Sendable {
  private let description: RuleDescription
  private var values: [String: SettingValue]

  /// Checks a configuration against a rule's declared settings.
  ///
  /// - Throws: ``EnsembleError`` with the code `unknownRule` for an unknown setting, one that has no effect beside the
  ///   others, and a value that cannot be used.
  package init(_ configuration: RuleConfiguration, of description: RuleDescription) throws {
    try self.init(unchecked: configuration, of: description)
    for (name, value) in configuration.settings {
      guard let condition = description.setting(name)?.condition, !condition.holds(self) else { continue }
      throw EnsembleError(
        .unknownRule, "\(name)=\(value) has no effect here: it counts \(condition.words)",
        remedy: "Leave it out, or set what it belongs to.")
    }
  }

  /// Checks names and values, but not whether they have an effect.
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

  /// The word of a setting, or a number's text.
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

  /// The value that a setting's word maps to.
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

  /// An error that gives the allowed values of a setting.
  public func wrong(_ name: String, wanted: String) -> EnsembleError {
    EnsembleError(
      .unknownRule, "\(name)=\(word(name)) cannot be used with \(description.name)", remedy: "It is \(wanted).")
  }
}
