#if LlamaCpp
  import Foundation

  /// Writes GGUF files: the format is a header, key–value pairs, a list of tensors and their aligned data.
  struct GGUFWriter {
    /// A metadata value.
    enum Value {
      case uint16(UInt16)
      case uint32(UInt32)
      case float(Float)
      case bool(Bool)
      case string(String)
      case bytes([UInt8])
      case strings([[UInt8]])
      case floats([Float])
      case int32s([Int32])
    }

    /// A tensor in a file: its shape with the fastest dimension first, its type as ggml numbers it, and its bytes.
    struct Tensor {
      var name: String
      var shape: [Int]
      var type: UInt32
      var bytes: [UInt8]

      /// A single-precision tensor.
      init(_ name: String, shape: [Int], _ elements: [Float]) {
        precondition(elements.count == shape.reduce(1, *))
        self.init(name, shape: shape, type: 0, bytes: elements.flatMap { littleEndian($0.bitPattern) })
      }

      init(_ name: String, shape: [Int], type: UInt32, bytes: [UInt8]) {
        self.name = name
        self.shape = shape
        self.type = type
        self.bytes = bytes
      }
    }

    var metadata: [(key: String, value: Value)] = []
    var tensors: [Tensor] = []

    /// The whole file.
    func bytes() -> [UInt8] {
      var file = Array("GGUF".utf8) + littleEndian(UInt32(3))
      file += littleEndian(UInt64(tensors.count)) + littleEndian(UInt64(metadata.count))
      for (key, value) in metadata { file += encode(Array(key.utf8)) + encode(value) }
      var offset = 0
      for tensor in tensors {
        file += encode(Array(tensor.name.utf8)) + littleEndian(UInt32(tensor.shape.count))
        for dimension in tensor.shape { file += littleEndian(UInt64(dimension)) }
        file += littleEndian(tensor.type) + littleEndian(UInt64(offset))
        offset += aligned(tensor.bytes.count)
      }
      file += Array(repeating: 0, count: aligned(file.count) - file.count)
      for tensor in tensors {
        file += tensor.bytes + Array(repeating: 0, count: aligned(tensor.bytes.count) - tensor.bytes.count)
      }
      return file
    }

    private func aligned(_ count: Int) -> Int { (count + 31) / 32 * 32 }

    private func encode(_ text: [UInt8]) -> [UInt8] { littleEndian(UInt64(text.count)) + text }

    private func encode(_ value: Value) -> [UInt8] {
      switch value {
      case .uint16(let value): littleEndian(UInt32(2)) + littleEndian(value)
      case .uint32(let value): littleEndian(UInt32(4)) + littleEndian(value)
      case .float(let value): littleEndian(UInt32(6)) + littleEndian(value.bitPattern)
      case .bool(let value): littleEndian(UInt32(7)) + [value ? 1 : 0]
      case .string(let value): littleEndian(UInt32(8)) + encode(Array(value.utf8))
      case .bytes(let values): list(of: 0, values.map { [$0] })
      case .strings(let values): list(of: 8, values.map(encode))
      case .floats(let values): list(of: 6, values.map { littleEndian($0.bitPattern) })
      case .int32s(let values): list(of: 5, values.map { littleEndian(UInt32(bitPattern: $0)) })
      }
    }

    private func list(of type: UInt32, _ elements: [[UInt8]]) -> [UInt8] {
      littleEndian(UInt32(9)) + littleEndian(type) + littleEndian(UInt64(elements.count)) + elements.flatMap(\.self)
    }
  }

  /// A number's bytes, the lowest first.
  func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  /// A temporary file, removed with its last owner.
  final class TemporaryFile: Sendable {
    let path: String

    init(_ bytes: [UInt8], named name: String = "model.gguf") throws {
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gguf-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      path = folder.appendingPathComponent(name).path
      try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    deinit {
      try? FileManager.default.removeItem(at: URL(fileURLWithPath: path).deletingLastPathComponent())
    }
  }
#endif
