internal import ModelBackends

/// A reader of protobuf's wire format in a range of a mapped file.
///
/// Every length is checked against the range before it is used, and nothing is copied.
struct WireReader {
  /// A field's value, still encoded where it is a range of bytes.
  enum Value {
    case number(UInt64)
    /// A range of the file, by offsets from its beginning.
    case bytes(Range<Int>)
  }

  let file: MappedFile
  private(set) var position: Int
  let end: Int

  /// Starts at the beginning of a range.
  ///
  /// - Precondition: The range lies in the file.
  init(_ file: MappedFile, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= file.bytes.count, "\(range) is outside the file.")
    self.file = file
    position = range.lowerBound
    end = range.upperBound
  }

  /// The next field, or `nil` at the end of the range.
  ///
  /// - Throws: ``BackendError`` with the code `invalidFile` where the bytes are not a field or a length exceeds the
  ///   range.
  mutating func next() throws -> (field: Int, value: Value)? {
    guard position < end else { return nil }
    let start = position
    let key = try varint()
    guard let field = Int(exactly: key >> 3), field > 0, field < 1 << 29 else { throw damaged(at: start) }
    switch key & 7 {
    case 0: return (field, .number(try varint()))
    case 1: return (field, .number(try fixed(8, from: start)))
    case 2: return (field, .bytes(try lengthDelimited(from: start)))
    case 5: return (field, .number(try fixed(4, from: start)))
    default: throw damaged(at: start)
    }
  }

  /// All numbers of a range of packed variable-length numbers.
  ///
  /// - Complexity: O(length of the range); the array is never longer than the range.
  static func packed(_ file: MappedFile, _ range: Range<Int>) throws -> [UInt64] {
    var reader = WireReader(file, range)
    var numbers: [UInt64] = []
    while reader.position < reader.end { numbers.append(try reader.varint()) }
    return numbers
  }

  /// A range as text; bytes that are not valid UTF-8 are replaced.
  func text(_ range: Range<Int>) -> String {
    String(decoding: file.bytes[range], as: UTF8.self)
  }

  /// The error for bytes that cannot be decoded.
  func damaged(at offset: Int) -> BackendError {
    BackendError(
      .invalidFile, in: file.path, "is damaged, truncated or no ONNX file (near byte \(offset) of \(file.bytes.count))",
      remedy: "Export or download the model again")
  }

  private mutating func varint() throws -> UInt64 {
    let start = position
    var number: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard position < end else { throw damaged(at: start) }
      let byte = file.bytes[position]
      position += 1
      number |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 { return number }
    }
    throw damaged(at: start)
  }

  private mutating func fixed(_ size: Int, from start: Int) throws -> UInt64 {
    guard end - position >= size else { throw damaged(at: start) }
    var number: UInt64 = 0
    for index in 0..<size { number |= UInt64(file.bytes[position + index]) << UInt64(8 * index) }
    position += size
    return number
  }

  private mutating func lengthDelimited(from start: Int) throws -> Range<Int> {
    guard let length = Int(exactly: try varint()), length <= end - position else { throw damaged(at: start) }
    defer { position += length }
    return position..<position + length
  }
}
