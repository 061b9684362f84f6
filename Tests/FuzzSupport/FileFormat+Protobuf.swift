extension FileFormat {
  /// Protobuf's wire format, the format of ONNX files. A field's type is guessed: bytes that parse as a message are
  /// one.
  package static let protobuf = FileFormat { bytes in
    message(bytes[...], depth: 0) ?? .group([.bytes(bytes)])
  }

  /// Deeper than the branches of a merged model.
  private static let maximumDepth = 16

  private static func message(_ bytes: ArraySlice<UInt8>, depth: Int) -> Part? {
    guard !bytes.isEmpty, depth < maximumDepth else { return nil }
    var reader = ByteReader(bytes)
    let message = Part.group([])
    while !reader.rest.isEmpty {
      guard let key = reader.varint(), (1...64).contains(key >> 3), let value = value(key & 7, &reader, depth) else {
        return nil
      }
      value.weight = 6
      message.children.append(.group([Part(.varint, value: key), value]))
    }
    return message
  }

  private static func value(_ wireType: UInt64, _ reader: inout ByteReader, _ depth: Int) -> Part? {
    switch wireType {
    case 0: return reader.varint().map { Part(.varint, value: $0) }
    case 1: return reader.number(8).map { Part(.number(width: 8), value: $0) }
    case 5: return reader.number(4).map { Part(.number(width: 4), value: $0) }
    case 2:
      guard let length = reader.varint().flatMap({ Int(exactly: $0) }), let bytes = reader.bytes(length) else {
        return nil
      }
      return Part(.sized(.varint), children: message(bytes, depth: depth + 1)?.children ?? [.bytes(bytes)])
    default: return nil
    }
  }
}
