internal import ModelBackends

/// The type of a tensor's elements, by the number that ONNX files and ONNX Runtime both use.
struct ElementType: RawRepresentable, Hashable, Sendable {
  var rawValue: Int32

  static let float32 = ElementType(rawValue: 1)
  static let uint8 = ElementType(rawValue: 2)
  static let int8 = ElementType(rawValue: 3)
  static let uint16 = ElementType(rawValue: 4)
  static let int16 = ElementType(rawValue: 5)
  static let int32 = ElementType(rawValue: 6)
  static let int64 = ElementType(rawValue: 7)
  static let bool = ElementType(rawValue: 9)
  static let float16 = ElementType(rawValue: 10)
  static let float64 = ElementType(rawValue: 11)
  static let bfloat16 = ElementType(rawValue: 16)
  /// Two elements per byte, the lower four bits first.
  static let uint4 = ElementType(rawValue: 21)
  /// Two elements per byte, the lower four bits first.
  static let int4 = ElementType(rawValue: 22)

  /// The size of an element in bytes; `nil` for types whose elements the backend does not handle individually.
  var size: Int? {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16, .float16, .bfloat16: 2
    case .float32, .int32: 4
    case .int64, .float64: 8
    default: nil
    }
  }

  /// The size of some elements in bytes; `nil` for types that the backend does not support.
  ///
  /// - Precondition: `count` is at most an eighth of `Int.max`.
  func byteCount(_ count: Int) -> Int? {
    switch self {
    case .uint4, .int4: (count + 1) / 2
    default: size.map { $0 * count }
    }
  }

  /// Whether elements are real numbers.
  var isReal: Bool {
    switch self {
    case .float32, .float16, .bfloat16, .float64: true
    default: false
    }
  }
}

extension ElementType: CustomStringConvertible {
  var description: String {
    switch self {
    case .float32: "float32"
    case .uint8: "uint8"
    case .int8: "int8"
    case .uint16: "uint16"
    case .int16: "int16"
    case .int32: "int32"
    case .int64: "int64"
    case .bool: "bool"
    case .float16: "float16"
    case .float64: "float64"
    case .bfloat16: "bfloat16"
    case .uint4: "uint4"
    case .int4: "int4"
    default: "element type \(rawValue)"
    }
  }
}

extension ElementType {
  /// Converts elements to single precision, one after the other.
  ///
  /// - Parameters:
  ///   - bytes: `output.count` elements of this type, little-endian; unaligned memory is allowed.
  ///   - output: The destination.
  /// - Precondition: The type has a size, and `bytes` has `output.count` elements.
  func convert(_ bytes: UnsafeRawBufferPointer, to output: UnsafeMutableBufferPointer<Float>) {
    guard let size else { preconditionFailure("\(self) cannot be converted to float32.") }
    precondition(bytes.count >= output.count * size, "Fewer than \(output.count) elements of \(self).")
    func fill<T>(_ type: T.Type, _ number: (T) -> Float) {
      for index in 0..<output.count {
        output[index] = number(bytes.loadUnaligned(fromByteOffset: index * size, as: type))
      }
    }
    switch self {
    case .float32: fill(UInt32.self) { Float(bitPattern: UInt32(littleEndian: $0)) }
    case .float16: fill(UInt16.self) { Float(halfBits: UInt16(littleEndian: $0)) }
    case .bfloat16: fill(UInt16.self) { Float(bitPattern: UInt32(UInt16(littleEndian: $0)) << 16) }
    case .float64: fill(UInt64.self) { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
    case .int8: fill(Int8.self) { Float($0) }
    case .uint8, .bool: fill(UInt8.self) { Float($0) }
    case .int16: fill(Int16.self) { Float(Int16(littleEndian: $0)) }
    case .uint16: fill(UInt16.self) { Float(UInt16(littleEndian: $0)) }
    case .int32: fill(Int32.self) { Float(Int32(littleEndian: $0)) }
    default: fill(Int64.self) { Float(Int64(littleEndian: $0)) }
    }
  }
}
