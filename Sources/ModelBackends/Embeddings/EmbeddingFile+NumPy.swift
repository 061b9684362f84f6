import Foundation

/// The header of a NumPy file: magic, version, and a Python dictionary with type, order and shape.
enum NumPyHeader {
  private static let magic = Data([0x93]) + Data("NUMPY".utf8)

  static func matches(_ data: Data) -> Bool { data.starts(with: magic) }

  /// The position of the array in a file.
  static func layout(of data: Data, name: String) throws -> EmbeddingFile.Layout {
    let (start, length) = try headerRange(data, name: name)
    let header = String(decoding: data.dropFirst(start).prefix(length), as: UTF8.self)
    guard let type = quoted(after: "'descr'", in: header), let order = word(after: "'fortran_order'", in: header),
      let shape = shape(in: header)
    else {
      throw BackendError(
        .invalidFile, in: name, "has a NumPy header that cannot be read", remedy: "Save the array with numpy.save.")
    }
    let formats: [String: EmbeddingFile.Format] = ["<f4": .float32, "<f2": .float16]
    guard let format = formats[type] else {
      throw BackendError(
        .unsupported, in: name, "holds numbers of the type \(type.debugDescription)",
        remedy: "Save the array as little-endian float32 or float16: array.astype('<f4')."
      )
    }
    guard order == "False" else {
      throw BackendError(
        .unsupported, in: name, "is in Fortran order", remedy: "Save numpy.ascontiguousarray(array).")
    }
    guard shape.count == 2 else {
      throw BackendError(
        .unsupported, in: name, "holds an array of \(shape.count) dimensions",
        remedy: "Save an array of two: one row for each token."
      )
    }
    return EmbeddingFile.Layout(format: format, count: shape[0], dimension: shape[1], offset: start + length)
  }

  /// The dictionary's start offset and its length.
  private static func headerRange(_ data: Data, name: String) throws -> (start: Int, length: Int) {
    let head = [UInt8](data.prefix(12))
    let version = head.count > 6 ? head[6] : 0
    guard (1...3).contains(version) else {
      throw BackendError(
        .unsupported, in: name, "is a NumPy file of version \(version)", remedy: "Save the array with numpy.save.")
    }
    // The length field has two bytes in version 1, four in later ones.
    let start = version == 1 ? 10 : 12
    guard head.count >= start else { throw truncated(name) }
    let length = head[8..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= data.count - start else { throw truncated(name) }
    return (start, length)
  }

  private static func truncated(_ name: String) -> BackendError {
    BackendError(
      .invalidFile, in: name, "is truncated: its header does not fit into the file", remedy: "Copy or save it again.")
  }

  /// The text that follows a key and its colon.
  private static func rest(after key: String, in header: String) -> Substring? {
    guard let range = header.firstRange(of: key) else { return nil }
    let rest = header[range.upperBound...].drop { $0 == " " }
    return rest.first == ":" ? rest.dropFirst().drop { $0 == " " } : nil
  }

  private static func quoted(after key: String, in header: String) -> String? {
    guard let rest = rest(after: key, in: header), let mark = rest.first, "'\"".contains(mark) else { return nil }
    return String(rest.dropFirst().prefix { $0 != mark })
  }

  private static func word(after key: String, in header: String) -> String? {
    rest(after: key, in: header).map { String($0.prefix(while: \.isLetter)) }
  }

  private static func shape(in header: String) -> [Int]? {
    guard let rest = rest(after: "'shape'", in: header), rest.first == "(" else { return nil }
    var shape: [Int] = []
    for part in rest.dropFirst().prefix(while: { $0 != ")" }).split(separator: ",") {
      let number = part.filter { $0 != " " }
      if number.isEmpty { continue }
      guard let value = Int(number), value >= 0 else { return nil }
      shape.append(value)
    }
    return shape
  }
}
