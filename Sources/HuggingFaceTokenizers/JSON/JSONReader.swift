/// A strict reader of JSON (RFC 8259).
///
/// Every error names its byte offset. The reader rejects excessive nesting and allocates no more than a small multiple
/// of its input, so damaged files can neither crash it nor make it hang.
struct JSONReader {
  /// The maximum nesting depth of lists and objects.
  static let maximumDepth = 128

  private let bytes: [UInt8]
  private let file: String
  private var position = 0
  private var depth = 0

  /// Reads a whole document.
  ///
  /// - Throws: ``TokenizerError`` with the code `invalidJSON`.
  /// - Complexity: O(number of bytes).
  static func read(_ bytes: [UInt8], file: String) throws -> JSONValue {
    var reader = JSONReader(bytes: bytes, file: file)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.position = 3 }
    let value = try reader.value()
    reader.skipSpace()
    guard reader.position == bytes.count else { throw reader.fault("text follows after the end of the document") }
    return value
  }

  private init(bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  private func fault(_ problem: String, at offset: Int? = nil) -> TokenizerError {
    TokenizerError(
      .invalidJSON, in: file, at: "byte \(offset ?? position)", "is not JSON, because \(problem)",
      remedy: "Download or export the file again; it is truncated or damaged.")
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func value() throws -> JSONValue {
    skipSpace()
    guard let first = next else { throw fault("the text ends where a value should start") }
    switch first {
    case UInt8(ascii: "{"): return try nested { try $0.object() }
    case UInt8(ascii: "["): return try nested { try $0.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    default: throw fault("no value starts like this")
    }
  }

  private mutating func nested(_ read: (inout JSONReader) throws -> JSONValue) throws -> JSONValue {
    depth += 1
    guard depth <= JSONReader.maximumDepth else {
      throw fault("lists and objects are nested more than \(JSONReader.maximumDepth) deep")
    }
    defer { depth -= 1 }
    position += 1
    return try read(&self)
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws -> JSONValue {
    let start = position
    for index in 0..<word.utf8CodeUnitCount {
      guard next == word.utf8Start[index] else { throw fault("\"\(word)\" is misspelt", at: start) }
      position += 1
    }
    return value
  }

  private mutating func array() throws -> JSONValue {
    var elements: [JSONValue] = []
    skipSpace()
    if next == UInt8(ascii: "]") {
      position += 1
      return .array(elements)
    }
    while true {
      elements.append(try value())
      skipSpace()
      switch next {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "]"):
        position += 1
        return .array(elements)
      default: throw fault("a list continues with neither a comma nor a bracket")
      }
    }
  }

  private mutating func object() throws -> JSONValue {
    var members: [JSONObject.Member] = []
    skipSpace()
    if next == UInt8(ascii: "}") {
      position += 1
      return .object(JSONObject(members: members))
    }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw fault("an object's key is missing") }
      let key = try string()
      skipSpace()
      guard next == UInt8(ascii: ":") else { throw fault("there is no colon after a key") }
      position += 1
      members.append(JSONObject.Member(key: key, value: try value()))
      skipSpace()
      switch next {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "}"):
        position += 1
        return .object(JSONObject(members: members))
      default: throw fault("an object continues with neither a comma nor a brace")
      }
    }
  }

  private mutating func number() throws -> Double {
    let start = position
    func isDigit(_ byte: UInt8?) -> Bool { byte.map { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } ?? false }
    func digits() throws {
      guard isDigit(next) else { throw fault("a number lacks a digit") }
      while isDigit(next) { position += 1 }
    }
    if next == UInt8(ascii: "-") { position += 1 }
    if next == UInt8(ascii: "0") {
      position += 1
      if isDigit(next) { throw fault("a number starts with a zero") }
    } else {
      try digits()
    }
    if next == UInt8(ascii: ".") {
      position += 1
      try digits()
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      position += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
    guard let number = Double(String(decoding: bytes[start..<position], as: UTF8.self)), number.isFinite else {
      throw fault("a number is too large", at: start)
    }
    return number
  }

  private mutating func string() throws -> [UInt8] {
    position += 1
    let start = position
    var text: [UInt8] = []
    var copied = start
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        text.append(contentsOf: bytes[copied..<position])
        position += 1
        guard isValidUTF8(text[...]) else { throw fault("a string is not UTF-8", at: start) }
        return text
      case UInt8(ascii: "\\"):
        text.append(contentsOf: bytes[copied..<position])
        position += 1
        try escape(into: &text)
        copied = position
      case 0..<0x20: throw fault("a string holds a bare control character")
      default: position += 1
      }
    }
    throw fault("a string does not end", at: start)
  }

  private mutating func escape(into text: inout [UInt8]) throws {
    guard let byte = next else { throw fault("a string does not end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): text.append(contentsOf: UTF8.encode(try escapedScalar())!)
    default: throw fault("a string holds an unknown escape", at: position - 1)
    }
  }

  /// The scalar of `\uXXXX`, or of a surrogate pair of them.
  private mutating func escapedScalar() throws -> Unicode.Scalar {
    let start = position
    let first = try codeUnit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard UTF16.isLeadSurrogate(first), next == UInt8(ascii: "\\") else {
      throw fault("a surrogate stands alone and is no character", at: start)
    }
    position += 1
    guard next == UInt8(ascii: "u") else { throw fault("a surrogate stands alone and is no character", at: start) }
    position += 1
    let second = try codeUnit()
    guard UTF16.isTrailSurrogate(second) else {
      throw fault("a surrogate stands alone and is no character", at: start)
    }
    return Unicode.Scalar(0x10000 + (UInt32(first & 0x3FF) << 10 | UInt32(second & 0x3FF)))!
  }

  private mutating func codeUnit() throws -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw fault("\\u is not followed by four hexadecimal digits")
      }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }
}
