extension FileFormat {
  /// llama.cpp's format: a header, key–value pairs, a table of tensors, and their data.
  package static let gguf = FileFormat { bytes in
    var reader = GGUFReader(reader: ByteReader(bytes[...]))
    guard let parts = reader.file() else { return .group([.bytes(bytes)]) }
    return .group(parts)
  }
}

private struct GGUFReader {
  var reader: ByteReader

  private static let string: UInt64 = 8
  private static let list: UInt64 = 9

  mutating func file() -> [Part]? {
    guard let magic = reader.bytes(4), let version = number(4), let tensorCount = number(8), let pairCount = number(8)
    else { return nil }
    let pairs = Part.group([])
    for _ in 0..<pairCount.value {
      guard let pair = pair() else { return nil }
      pairs.children.append(pair)
    }
    let tensors = Part.group([])
    for _ in 0..<tensorCount.value {
      guard let tensor = tensor() else { return nil }
      tensors.children.append(tensor)
    }
    (pairs.weight, tensors.weight) = (10, 10)
    (tensorCount.counts, pairCount.counts) = (tensors, pairs)
    // The table is padded to whole blocks of 32 bytes, and the data begins after that.
    let table = [.bytes(magic), version, tensorCount, pairCount, pairs, tensors]
    let filling = (32 - Part.group(table).encoded().count % 32) % 32
    return table + [Part(.padding(32)), .bytes(reader.rest.dropFirst(filling))]
  }

  private mutating func number(_ width: Int) -> Part? {
    reader.number(width).map { Part(.number(width: width), value: $0) }
  }

  private mutating func text() -> Part? {
    guard let length = reader.number(8).flatMap({ Int(exactly: $0) }), let bytes = reader.bytes(length) else {
      return nil
    }
    return Part(.sized(.number(width: 8)), children: [.bytes(bytes)])
  }

  private mutating func pair() -> Part? {
    guard let key = text(), let type = number(4), let value = value(type.value) else { return nil }
    value.weight = 4
    return .group([key, type, value])
  }

  private mutating func value(_ type: UInt64) -> Part? {
    switch type {
    case Self.string: return text()
    case Self.list:
      guard let type = number(4), let count = reader.number(8) else { return nil }
      let list = Part(.counted(.number(width: 8)))
      for _ in 0..<count {
        guard let element = value(type.value) else { return nil }
        list.children.append(element)
      }
      list.weight = 4
      return .group([type, list])
    default:
      let widths: [UInt64: Int] = [0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8]
      return widths[type].flatMap { number($0) }
    }
  }

  private mutating func tensor() -> Part? {
    guard let name = text(), let rank = reader.number(4) else { return nil }
    let shape = Part(.counted(.number(width: 4)))
    for _ in 0..<rank {
      guard let size = number(8) else { return nil }
      shape.children.append(size)
    }
    guard let type = number(4), let offset = number(8) else { return nil }
    shape.weight = 2
    return .group([name, shape, type, offset])
  }
}
