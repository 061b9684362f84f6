/// A value together with its location in the file, for error messages.
struct JSONField {
  var value: JSONValue
  var file: String
  /// Such as `model.vocab`; empty for the document.
  var location: String

  /// An error about this field.
  func fault(
    _ problem: String, code: TokenizerError.Code = .invalidFile,
    remedy: String = "Export the tokenizer again, or check the file against the one that was published."
  ) -> TokenizerError {
    TokenizerError(code, in: file, at: location, problem, remedy: remedy)
  }

  /// An error about a component or setting that this reader does not know.
  func unknown(_ what: String) -> TokenizerError {
    fault(
      "asks for \(what), which this reader does not know", code: .unsupported,
      remedy: "Use a tokenizer without it, or give the backend a Tokenizer of your own.")
  }

  private func mismatch(_ wanted: String) -> TokenizerError {
    fault("should hold \(wanted) and holds \(value.typeName)")
  }

  /// A member of this object; `nil` where it is missing or null.
  ///
  /// - Throws: ``TokenizerError`` where this is no object.
  func optional(_ key: String) throws -> JSONField? {
    guard case .object(let object) = value else { throw mismatch("an object") }
    guard let member = object[key], member != .null else { return nil }
    return JSONField(value: member, file: file, location: location.isEmpty ? key : "\(location).\(key)")
  }

  /// A member of this object.
  ///
  /// - Throws: ``TokenizerError`` where this is no object or the member is missing.
  func required(_ key: String) throws -> JSONField {
    guard let field = try optional(key) else { throw fault("lacks \"\(key)\"") }
    return field
  }

  /// The elements of this list.
  func elements() throws -> [JSONField] {
    try array().indices.map { try element($0) }
  }

  /// One element of this list.
  func element(_ index: Int) throws -> JSONField {
    let array = try array()
    guard array.indices.contains(index) else { throw fault("should have more than \(index) elements") }
    return JSONField(value: array[index], file: file, location: "\(location)[\(index)]")
  }

  func array() throws -> [JSONValue] {
    guard case .array(let array) = value else { throw mismatch("a list") }
    return array
  }

  func object() throws -> JSONObject {
    guard case .object(let object) = value else { throw mismatch("an object") }
    return object
  }

  /// The bytes of this string.
  func bytes() throws -> [UInt8] {
    guard case .string(let bytes) = value else { throw mismatch("a string") }
    return bytes
  }

  /// This string, for names and patterns; never for tokens, which are bytes.
  func text() throws -> String { String(decoding: try bytes(), as: UTF8.self) }

  func bool() throws -> Bool {
    guard case .bool(let bool) = value else { throw mismatch("true or false") }
    return bool
  }

  func number() throws -> Double {
    guard case .number(let number) = value else { throw mismatch("a number") }
    return number
  }

  /// This number, a count or an id.
  func count() throws -> Int {
    guard let integer = value.integer, integer >= 0 else { throw mismatch("a whole number from 0") }
    return integer
  }

  /// A boolean member, or a default where it is missing.
  func flag(_ key: String, default fallback: Bool) throws -> Bool {
    try optional(key)?.bool() ?? fallback
  }

  /// The `type` of a component.
  func type() throws -> String { try required("type").text() }
}
