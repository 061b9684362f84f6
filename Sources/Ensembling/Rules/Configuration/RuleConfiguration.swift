/// A rule by its name, with the settings that differ from its defaults.
///
/// It is data: a ``RuleRegistry`` interprets it. Its text form is the one of a command line,
/// `deepen:rate=0.3,steps=10`; its JSON form is `{"rule": "deepen", "settings": {"rate": 0.3, "steps": 10}}`. The order
/// of the settings is kept for names of rows and ignored when configurations are compared.
///
/// ```swift
/// let configuration = RuleConfiguration("deepen", ["rate": 0.3, "steps": 10])
/// let rule = try DeePEnRule(configuration)
/// ```
public struct RuleConfiguration: Sendable {
  /// The rule's name.
  public var rule: String
  private var given: [(name: String, value: SettingValue)]

  /// Creates a configuration; of a setting that is given twice the last value counts.
  public init(_ rule: String, _ settings: KeyValuePairs<String, SettingValue> = [:]) {
    self.rule = rule
    given = []
    for (name, value) in settings { self[name] = value }
  }

  /// The value of a setting; `nil` for its default.
  public subscript(name: String) -> SettingValue? {
    get { given.first { $0.name == name }?.value }
    set {
      let index = given.firstIndex { $0.name == name }
      switch (index, newValue) {
      case (let index?, let value?): given[index].value = value
      case (let index?, nil): given.remove(at: index)
      case (nil, let value?): given.append((name, value))
      case (nil, nil): break
      }
    }
  }

  /// The given settings, in order.
  public var settings: [(name: String, value: SettingValue)] { given }

  /// The name of a table's row: `deepen rate=0.3 steps=10`.
  public var label: String { ([rule] + given.map { "\($0.name)=\($0.value)" }).joined(separator: " ") }
}

extension RuleConfiguration: CustomStringConvertible {
  /// The text form, as a ``RuleRegistry`` reads it. A word that contains a comma, a bar or the like cannot be read
  /// again.
  public var description: String {
    let settings = given.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
    return settings.isEmpty ? rule : "\(rule):\(settings)"
  }
}

extension RuleConfiguration: Hashable {
  private var table: [String: SettingValue] { Dictionary(given.map { ($0.name, $0.value) }) { $1 } }

  /// Compares rule and settings, ignoring their order.
  public static func == (one: RuleConfiguration, other: RuleConfiguration) -> Bool {
    one.rule == other.rule && one.table == other.table
  }

  /// Hashes the rule and its settings.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(rule)
    hasher.combine(table)
  }
}

extension RuleConfiguration: Codable {
  private enum Keys: String, CodingKey { case rule, settings }

  /// Reads the JSON form; the settings may be missing.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    self.init(try container.decode(String.self, forKey: .rule))
    let settings = try container.decodeIfPresent([String: SettingValue].self, forKey: .settings) ?? [:]
    given = settings.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Writes the JSON form.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(rule, forKey: .rule)
    if !given.isEmpty { try container.encode(table, forKey: .settings) }
  }
}
