/// A value of a rule's setting; its description is its text on a command line.
public enum SettingValue: Sendable, Hashable {
  /// One of the setting's words, or free text such as a path.
  case word(String)
  /// A number.
  case number(Double)
  /// One number for each member, the main model's first: `0.7/0.3`.
  case numbers([Double])
  /// Numbers by members' names: `atlas:1.7/scholar:1.9`.
  case table([String: Double])
}

extension SettingValue {
  /// A number with the fewest digits that represent it in single precision.
  public static func number(_ value: Float) -> SettingValue { .number(Double("\(value)") ?? Double(value)) }

  /// Numbers with slashes between them; `nil` for any other text.
  static func numbers(in text: String) -> [Double]? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
    let known = parts.compactMap(\.self)
    return known.count == parts.count && known.count > 1 ? known : nil
  }

  /// Names with numbers, each name once; `nil` for any other text.
  static func table(in text: String) -> [String: Double]? {
    var table: [String: Double] = [:]
    for pair in text.split(separator: "/", omittingEmptySubsequences: false) {
      let sides = pair.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      guard sides.count == 2, !sides[0].isEmpty, let number = Double(sides[1]),
        table.updateValue(number, forKey: sides[0]) == nil
      else { return nil }
    }
    return table
  }
}

extension SettingValue: CustomStringConvertible {
  /// The text form.
  public var description: String {
    func text(_ number: Double) -> String {
      abs(number) < 1e15 && number == number.rounded() ? "\(Int(number))" : "\(number)"
    }
    switch self {
    case .word(let word): return word
    case .number(let number): return text(number)
    case .numbers(let numbers): return numbers.map(text).joined(separator: "/")
    case .table(let table):
      return table.sorted { $0.key < $1.key }.map { "\($0.key):\(text($0.value))" }.joined(separator: "/")
    }
  }
}

extension SettingValue: Codable {
  /// Reads a string, a number, an array of numbers or an object of numbers.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let numbers = try? container.decode([Double].self) {
      self = .numbers(numbers)
    } else if let table = try? container.decode([String: Double].self) {
      self = .table(table)
    } else {
      self = .word(try container.decode(String.self))
    }
  }

  /// Writes a string, a number, an array of numbers or an object of numbers.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .word(let word): try container.encode(word)
    case .number(let number): try container.encode(number)
    case .numbers(let numbers): try container.encode(numbers)
    case .table(let table): try container.encode(table)
    }
  }
}

extension SettingValue: ExpressibleByStringLiteral, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  /// A word.
  public init(stringLiteral word: String) { self = .word(word) }

  /// A number.
  public init(floatLiteral number: Double) { self = .number(number) }

  /// A whole number.
  public init(integerLiteral number: Int) { self = .number(Double(number)) }
}
