internal import ModelBackends

/// A constant of an ONNX file: its shape, and the position of its numbers.
struct StoredTensor {
  /// The position of a constant's numbers.
  enum Storage {
    /// Little-endian elements in the file itself.
    case raw(Range<Int>)
    /// Elements in another file, in the model's folder.
    case external(location: String, offset: Int, length: Int?)
    /// Small numbers, in variable-length encoding.
    case packed([UInt64])
    /// No numbers.
    case none
  }

  var name = ""
  private(set) var type = ElementType(rawValue: 0)
  private(set) var shape: [Int] = []
  private(set) var storage = Storage.none

  /// Numbers that are stored one by one are read only up to this many: scales and zero points.
  private static let packedLimit = 1 << 20

  /// Reads a constant's description.
  ///
  /// - Throws: ``BackendError`` with the code `invalidFile`.
  init(_ file: MappedFile, _ range: Range<Int>) throws {
    var reader = WireReader(file, range)
    var external: [String: String] = [:]
    var isExternal = false
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (1, .number(let size)): shape.append(try Self.size(size, reader))
      case (1, .bytes(let range)): shape += try WireReader.packed(file, range).map { try Self.size($0, reader) }
      case (2, .number(let number)): type = ElementType(rawValue: Int32(truncatingIfNeeded: number))
      // float_data, raw_data and double_data are plain little-endian numbers.
      case (4, .bytes(let range)), (9, .bytes(let range)), (10, .bytes(let range)): storage = .raw(range)
      case (5, .bytes(let range)), (7, .bytes(let range)):
        if range.count <= Self.packedLimit { storage = .packed(try WireReader.packed(file, range)) }
      case (8, .bytes(let range)): name = reader.text(range)
      case (13, .bytes(let range)):
        let (key, text) = try Self.entry(file, range)
        external[key] = text
      case (14, .number(let location)): isExternal = location == 1
      default: break
      }
    }
    if isExternal {
      guard let location = external["location"],
        let offset = Int(external["offset"] ?? "0"), offset >= 0
      else { throw reader.damaged(at: range.lowerBound) }
      storage = .external(location: location, offset: offset, length: external["length"].flatMap { Int($0) })
    }
  }

  /// The number of elements; `nil` where the product of the sizes overflows.
  var count: Int? {
    shape.reduce(1) { product, size in
      guard let product else { return nil }
      let (result, overflow) = product.multipliedReportingOverflow(by: size)
      return overflow ? nil : result
    }
  }

  private static func size(_ number: UInt64, _ reader: WireReader) throws -> Int {
    guard let size = Int(exactly: number) else { throw reader.damaged(at: reader.position) }
    return size
  }

  private static func entry(_ file: MappedFile, _ range: Range<Int>) throws -> (String, String) {
    var reader = WireReader(file, range)
    var pair = ("", "")
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (1, .bytes(let range)): pair.0 = reader.text(range)
      case (2, .bytes(let range)): pair.1 = reader.text(range)
      default: break
      }
    }
    return pair
  }
}

/// The numbers of a constant, in a mapped file.
struct TensorBytes: Sendable {
  let name: String
  let type: ElementType
  let shape: [Int]
  private let file: MappedFile
  private let range: Range<Int>

  /// Finds a constant's numbers and checks that all of them exist.
  ///
  /// - Throws: ``BackendError`` where the element type is not supported, or the file that holds them is missing or too
  ///   short.
  init(_ tensor: StoredTensor, in model: MappedFile) throws {
    let subject = "\(model.path), tensor \(tensor.name)"
    guard let count = tensor.count, count <= Int.max / 8 else {
      throw BackendError(
        .invalidFile, in: subject, "has an impossible shape \(tensor.shape)", remedy: "Download the model again")
    }
    guard let size = tensor.type.byteCount(count) else {
      throw BackendError(
        .unsupported, in: subject, "has elements of \(tensor.type)",
        remedy: "Use a file of the model with float32, float16, bfloat16 or int8 embeddings, or give the member a table"
      )
    }
    switch tensor.storage {
    case .raw(let stored):
      file = model
      range = stored
    case .external(let location, let offset, let length):
      let folder = model.path.lastIndex(of: "/").map { String(model.path[...$0]) } ?? ""
      guard !location.hasPrefix("/"), !location.split(separator: "/").contains("..") else {
        throw BackendError(
          .invalidFile, in: subject, "points outside the model's folder (\(location))",
          remedy: "Export the model with its data beside it")
      }
      file = try MappedFile(path: folder + location)
      let length = length ?? size
      guard length >= 0, offset <= file.bytes.count, length <= file.bytes.count - offset else {
        throw BackendError(
          .invalidFile, in: file.path,
          "has \(file.bytes.count) bytes, where tensor \(tensor.name) needs \(size) bytes from byte \(offset)",
          remedy: "The file is truncated; download it again")
      }
      range = offset..<offset + length
    case .packed, .none:
      throw BackendError(
        .unsupported, in: subject, "is not stored as raw numbers",
        remedy: "Save the model again with onnx.save, or give the member a table of its own")
    }
    guard range.count == size else {
      throw BackendError(
        .invalidFile, in: subject,
        "has \(range.count) bytes, where shape \(tensor.shape) of \(tensor.type) needs \(size)",
        remedy: "Export or download the model again")
    }
    name = tensor.name
    type = tensor.type
    shape = tensor.shape
  }

  /// The number of bytes.
  var byteCount: Int { range.count }

  /// The name, type, shape and offset of the bytes; the file is identified separately.
  var location: String { "\(name), \(type), \(shape) from byte \(range.lowerBound)" }

  /// The state of the file that holds the bytes, when it was mapped.
  var fileIdentity: EmbeddingOrigin.File? { file.identity }

  /// Converts some adjacent elements to single precision.
  ///
  /// - Precondition: They are elements of the tensor, and their type has a size.
  func copy(from start: Int, to output: UnsafeMutableBufferPointer<Float>) {
    guard let size = type.size else { preconditionFailure("\(type) cannot be converted one by one.") }
    withBytes(start * size..<(start + output.count) * size) { type.convert($0, to: output) }
  }

  /// Calls a body with some of the tensor's bytes.
  ///
  /// - Precondition: They are bytes of the tensor.
  func withBytes(_ part: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Void) {
    precondition(part.lowerBound >= 0 && part.upperBound <= range.count, "Bytes \(part) are outside the tensor.")
    let slice = range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound
    withExtendedLifetime(file) { body(UnsafeRawBufferPointer(rebasing: file.bytes[slice])) }
  }
}

extension StoredTensor {
  /// All numbers of a small constant, such as scales and zero points.
  ///
  /// - Throws: ``BackendError`` where they cannot be read.
  func numbers(in model: MappedFile) throws -> [Float] {
    if case .packed(let packed) = storage, let count, packed.count == count {
      return packed.map { number in
        switch type {
        case .float16: Float(halfBits: UInt16(truncatingIfNeeded: number))
        case .bfloat16: Float(bitPattern: UInt32(truncatingIfNeeded: number) << 16)
        default: Float(Int64(bitPattern: number))
        }
      }
    }
    let bytes = try TensorBytes(self, in: model)
    return [Float](unsafeUninitializedCapacity: bytes.shape.reduce(1, *)) { buffer, count in
      count = bytes.shape.reduce(1, *)
      buffer.initialize(repeating: 0)
      bytes.copy(from: 0, to: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
    }
  }
}
