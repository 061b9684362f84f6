/// A JSON value whose strings are bytes.
///
/// Swift's strings are equal when they are canonically equivalent: a composed and a decomposed "é" would be one token.
/// Bytes keep them apart.
enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case number(Double)
  /// Valid UTF-8.
  case string([UInt8])
  case array([JSONValue])
  case object(JSONObject)

  /// The kind of the value, for messages.
  var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "an object"
    }
  }

  /// The value as a whole number that fits `Int32`, if it is one.
  var integer: Int? {
    guard case .number(let number) = self, let value = Int32(exactly: number) else { return nil }
    return Int(value)
  }
}

/// The members of a JSON object in the order of the file.
struct JSONObject: Sendable, Equatable {
  struct Member: Sendable, Equatable {
    var key: [UInt8]
    var value: JSONValue
  }

  var members: [Member]

  /// The value of a member; the last one where a key repeats.
  ///
  /// - Complexity: O(number of members).
  subscript(key: String) -> JSONValue? {
    let key = Array(key.utf8)
    return members.last { $0.key == key }?.value
  }
}
