extension FileFormat {
  /// JSON.
  package static let json = FileFormat { bytes in
    var reader = JSONParts(rest: bytes[...])
    guard let value = reader.value() else { return .group([.bytes(bytes)]) }
    return .group([value, .bytes(reader.rest)])
  }

  /// Safetensors: the length of a header, the header in JSON, and numbers.
  package static let safetensors = FileFormat { bytes in
    var reader = ByteReader(bytes[...])
    guard let length = reader.number(8).flatMap({ Int(exactly: $0) }), let header = reader.bytes(length) else {
      return .group([.bytes(bytes)])
    }
    let parts = Part(.sized(.number(width: 8)), children: json.parts(Array(header)).children)
    parts.weight = 8
    return .group([parts, .bytes(reader.rest)])
  }

  /// NumPy: a magic, a version, the length of a header, the header as Python writes it, and numbers.
  package static let numPy = FileFormat { bytes in
    var reader = ByteReader(bytes[...])
    guard let magic = reader.bytes(6), let version = reader.bytes(2) else { return .group([.bytes(bytes)]) }
    let width = version.first == 1 ? 2 : 4
    guard let length = reader.number(width), let header = reader.bytes(Int(length)) else {
      return .group([.bytes(bytes)])
    }
    let words = Part(.sized(.number(width: width)), children: words(of: header))
    words.weight = 12
    return .group([.bytes(magic), .bytes(version), words, .bytes(reader.rest)])
  }

  /// Numbers, and the text between them.
  private static func words(of text: ArraySlice<UInt8>) -> [Part] {
    var parts: [Part] = []
    var rest = text
    while let first = rest.first {
      let isNumber = isDigit(first)
      let word = rest.prefix { isDigit($0) == isNumber }
      rest = rest.dropFirst(word.count)
      parts.append(Part(isNumber ? .digits : .bytes, bytes: word))
    }
    return parts
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

/// Takes sound JSON apart. White space between values is left out.
private struct JSONParts {
  var rest: ArraySlice<UInt8>

  private static let space = Array(" \n\r\t".utf8)
  private static let endOfWord = Array(" \n\r\t,:]}".utf8)

  mutating func value() -> Part? {
    skipSpace()
    switch rest.first {
    case UInt8(ascii: "{"): return list("{", "}") { $0.member() }
    case UInt8(ascii: "["): return list("[", "]") { $0.value() }
    case UInt8(ascii: "\""): return string()
    case nil: return nil
    default:
      let word = rest.prefix { !Self.endOfWord.contains($0) }
      rest = rest.dropFirst(word.count)
      let isNumber = word.first.map { $0 == UInt8(ascii: "-") || $0 < UInt8(ascii: "A") } ?? false
      return word.isEmpty ? nil : Part(isNumber ? .digits : .bytes, bytes: word)
    }
  }

  private mutating func list(_ opening: String, _ closing: String, element: (inout Self) -> Part?) -> Part? {
    rest = rest.dropFirst()
    let list = Part(.group(opening: opening, separator: ",", closing: closing))
    skipSpace()
    while rest.first != closing.utf8.first {
      guard let part = element(&self) else { return nil }
      list.children.append(part)
      skipSpace()
      if rest.first == UInt8(ascii: ",") { rest = rest.dropFirst() }
      skipSpace()
    }
    rest = rest.dropFirst()
    return list
  }

  private mutating func member() -> Part? {
    skipSpace()
    guard let name = string() else { return nil }
    skipSpace()
    guard rest.popFirst() == UInt8(ascii: ":"), let value = value() else { return nil }
    value.weight = 4
    return Part(.group(opening: "", separator: ":", closing: ""), children: [name, value])
  }

  private mutating func string() -> Part? {
    guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
    var index = rest.startIndex
    while index < rest.endIndex, rest[index] != UInt8(ascii: "\"") {
      index += rest[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard index < rest.endIndex else { return nil }
    defer { rest = rest[(index + 1)...] }
    return Part(.group(opening: "\"", separator: "", closing: "\""), children: [.bytes(rest[..<index])])
  }

  private mutating func skipSpace() {
    rest = rest.drop { Self.space.contains($0) }
  }
}
