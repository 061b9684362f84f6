/// Any JSON value.
enum JSONValue: Decodable, Sendable, Hashable {
  case null
  case boolean(Bool)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let boolean = try? value.decode(Bool.self) {
      self = .boolean(boolean)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let text = try? value.decode(String.self) {
      self = .text(text)
    } else if let list = try? value.decode([JSONValue].self) {
      self = .list(list)
    } else {
      self = .object(try value.decode([String: JSONValue].self))
    }
  }

  /// The text, if the value is one.
  var text: String? {
    if case .text(let text) = self { text } else { nil }
  }

  /// The whole number, if the value is one or a text that spells one.
  var integer: Int? {
    switch self {
    case .number(let number): Int(exactly: number)
    case .text(let text): Int(text)
    default: nil
    }
  }

  /// The list, if the value is one.
  var list: [JSONValue]? {
    if case .list(let list) = self { list } else { nil }
  }

  /// The list of texts, if the value is one and contains nothing else.
  var texts: [String]? {
    guard let list, case let texts = list.compactMap(\.text), texts.count == list.count else { return nil }
    return texts
  }

  /// A field, where this is an object that has it and it is not null.
  subscript(name: String) -> JSONValue? {
    guard case .object(let fields) = self, let value = fields[name], value != .null else { return nil }
    return value
  }
}
