/// A name that a configuration can give, with a summary and settings.
public struct RuleDescription: Sendable {
  /// The name.
  public let name: String
  /// The summary.
  public let summary: String
  /// Its settings.
  public let settings: [RuleSetting]

  /// Creates a description.
  ///
  /// - Precondition: The settings have different names.
  public init(_ name: String, _ summary: String, settings: [RuleSetting]) {
    precondition(Set(settings.map(\.name)).count == settings.count, "\(name) has two settings of one name.")
    self.name = name
    self.summary = summary
    self.settings = settings
  }

  func setting(_ name: String) -> RuleSetting? { settings.first { $0.name == name } }

  /// A setting's value in its canonical form.
  ///
  /// - Throws: ``EnsembleError`` with the code `unknownRule` for an unknown setting, and a value that cannot be used.
  func value(_ value: SettingValue, of setting: String) throws -> SettingValue {
    guard let known = self.setting(setting) else { throw unknown("\(setting)=\(value)", name: setting) }
    guard let read = known.read(value) else {
      throw EnsembleError(
        .unknownRule, "\(setting)=\(value) cannot be used with \(name)", remedy: "It is \(known.allowed).")
    }
    return read
  }

  /// Every combination of the values in a text such as `rate=0.3|0.5,steps=10`.
  ///
  /// A setting that has an effect in some combinations is left out of the others.
  ///
  /// - Throws: ``EnsembleError`` with the code `unknownRule` for a setting that is unknown, cannot be used, is given
  ///   twice, or has no effect in any combination.
  package func configurations(_ text: String) throws -> [RuleConfiguration] {
    var combinations = [RuleConfiguration(name)]
    for pair in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard sides.count == 2, setting(sides[0]) != nil else { throw unknown(pair, name: sides[0]) }
      guard combinations[0][sides[0]] == nil else { throw twice(sides[0]) }
      var values: [SettingValue] = []
      for word in sides[1].split(separator: "|", omittingEmptySubsequences: false) {
        let value = try value(.word(String(word)), of: sides[0])
        guard !values.contains(value) else { throw twice("\(sides[0])=\(word)") }
        values.append(value)
      }
      combinations = combinations.flatMap { known in
        values.map { value in
          var more = known
          more[sides[0]] = value
          return more
        }
      }
    }
    let effective = try combinations.map(withoutIdleSettings)
    for (name, _) in combinations[0].settings where effective.allSatisfy({ $0[name] == nil }) {
      // The setting has no effect anywhere: the error says what it requires.
      _ = try RuleSettings(combinations[0], of: self)
    }
    return effective.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  private func withoutIdleSettings(_ configuration: RuleConfiguration) throws -> RuleConfiguration {
    let settings = try RuleSettings(unchecked: configuration, of: self)
    var effective = configuration
    for (name, _) in configuration.settings {
      if let condition = setting(name)?.condition, !condition.holds(settings) { effective[name] = nil }
    }
    return effective
  }

  private func unknown(_ what: String, name: String) -> EnsembleError {
    let near = NearestName.advice(for: name, among: settings.map(\.name))
    return EnsembleError(
      .unknownRule, "\(what.isEmpty ? "An empty text" : what) is no setting of \(self.name)",
      remedy: near + "Its settings are \(settings.map { "\($0.name)=\($0.standard)" }.joined(separator: ", ")).")
  }

  private func twice(_ what: String) -> EnsembleError {
    EnsembleError(
      .unknownRule, "\(what) is given twice for \(name)",
      remedy: "Give each setting and each value once; values with | between them are all tried.")
  }
}
