internal import CONNXRuntime
internal import ModelBackends

/// A tensor that ONNX Runtime can read. It is immutable after initialisation, so several runs may share it.
final class Tensor: @unchecked Sendable {
  let runtime: Runtime
  let value: OpaquePointer
  let type: ElementType
  let shape: [Int]
  /// The elements' memory.
  private let data: UnsafeMutableRawPointer
  private let elementSize: Int

  /// Creates a tensor of zeros.
  ///
  /// - Precondition: No size is negative.
  /// - Throws: ``BackendError`` where the backend does not support the element type, or there is no memory.
  convenience init(zeros type: ElementType, shape: [Int], runtime: Runtime) throws {
    try self.init(type, shape: shape, runtime: runtime) { bytes in
      bytes.initializeMemory(as: UInt8.self, repeating: 0)
    }
  }

  /// Creates a tensor and fills it.
  ///
  /// - Precondition: No size is negative.
  /// - Throws: ``BackendError`` where the backend does not support the element type, or there is no memory.
  init(
    _ type: ElementType, shape: [Int], runtime: Runtime, fill: (UnsafeMutableRawBufferPointer) -> Void
  ) throws {
    guard let size = type.size else { throw Self.unknownType(type) }
    let call = RuntimeCall(api: runtime.api, subject: "A tensor \(shape)")
    let extents = shape.map(Int64.init)
    let value = try call.make {
      deepen_ort_create_tensor(runtime.api, runtime.allocator, extents, extents.count, type.rawValue, $0)
    }
    self.runtime = runtime
    self.value = value
    self.type = type
    self.shape = shape
    elementSize = size
    do {
      data = try Self.memory(of: value, call: call)
    } catch {
      deepen_ort_release_value(runtime.api, value)
      throw error
    }
    fill(UnsafeMutableRawBufferPointer(start: data, count: shape.reduce(size, *)))
  }

  /// Takes ownership of a value that a run produced.
  ///
  /// - Throws: ``BackendError`` where the value is not a tensor or has elements that the backend does not support.
  init(adopting value: OpaquePointer, subject: String, runtime: Runtime) throws {
    self.runtime = runtime
    self.value = value
    let api = runtime.api
    let call = RuntimeCall(api: api, subject: subject)
    do {
      var isTensor: Int32 = 0
      try call.check(deepen_ort_is_tensor(api, value, &isTensor))
      guard isTensor != 0 else {
        throw BackendError(.unsupported, in: subject, "is not a tensor", remedy: "Export the model in another way")
      }
      let info = try call.make { deepen_ort_tensor_info(api, value, $0) }
      defer { deepen_ort_release_tensor_info(api, info) }
      (type, shape) = try TensorInfo.typeAndShape(info, call: call)
      guard let size = type.size else { throw Self.unknownType(type) }
      elementSize = size
      data = try Self.memory(of: value, call: call)
    } catch {
      // The initialiser did not finish, so `deinit` does not run.
      deepen_ort_release_value(api, value)
      throw error
    }
  }

  deinit {
    deepen_ort_release_value(runtime.api, value)
  }

  /// The number of elements.
  var count: Int { shape.reduce(1, *) }

  /// The row of a given size at an index, in single precision.
  ///
  /// - Precondition: The tensor has that row.
  func row(_ index: Int, of size: Int) -> [Float] {
    precondition((0..<count / size).contains(index), "The tensor has \(count) elements, no row \(index) of \(size).")
    let bytes = UnsafeRawBufferPointer(start: data + index * size * elementSize, count: size * elementSize)
    return [Float](unsafeUninitializedCapacity: size) { buffer, initialized in
      buffer.initialize(repeating: 0)
      type.convert(bytes, to: UnsafeMutableBufferPointer(rebasing: buffer[..<size]))
      initialized = size
    }
  }

  /// A copy of the first `length` indices along one axis.
  ///
  /// - Precondition: The axis has at least that length.
  /// - Complexity: O(number of elements copied).
  func prefix(_ length: Int, alongAxis axis: Int) throws -> Tensor {
    precondition((0...shape[axis]).contains(length), "Axis \(axis) of \(shape) has fewer than \(length) elements.")
    var shape = shape
    let blocks = shape[..<axis].reduce(1, *)
    let stride = shape[axis...].reduce(elementSize, *)
    shape[axis] = length
    let kept = shape[axis...].reduce(elementSize, *)
    return try Tensor(type, shape: shape, runtime: runtime) { [data] bytes in
      guard kept > 0, let start = bytes.baseAddress else { return }
      for block in 0..<blocks {
        (start + block * kept).copyMemory(from: data + block * stride, byteCount: kept)
      }
    }
  }

  /// Concatenates copies along the first axis.
  ///
  /// - Precondition: That axis has length 1.
  /// - Complexity: O(number of elements copied).
  func repeated(_ copies: Int) throws -> Tensor {
    precondition(shape.first == 1, "The first axis of \(shape) does not have the extent 1.")
    let size = count * elementSize
    return try Tensor(type, shape: [copies] + shape.dropFirst(), runtime: runtime) { [data] bytes in
      guard size > 0, let start = bytes.baseAddress else { return }
      for copy in 0..<copies { (start + copy * size).copyMemory(from: data, byteCount: size) }
    }
  }

  private static func memory(of value: OpaquePointer, call: RuntimeCall) throws -> UnsafeMutableRawPointer {
    var data: UnsafeMutableRawPointer?
    try call.check(deepen_ort_tensor_data(call.api, value, &data))
    // A tensor without elements has no memory; any address is valid for zero bytes.
    return data ?? UnsafeMutableRawPointer(value)
  }

  private static func unknownType(_ type: ElementType) -> BackendError {
    BackendError(
      .unsupported, in: "A tensor", "has elements of \(type)",
      remedy: "Use a file of the model whose inputs and outputs are float32, float16 or integers")
  }
}

extension Tensor {
  /// Creates a tensor of integers, in the type that an input requires.
  ///
  /// - Throws: ``BackendError`` where the type is neither an integer, a real number nor a boolean.
  convenience init(
    _ numbers: some Collection<Int>, as type: ElementType, shape: [Int], input: String, runtime: Runtime
  ) throws {
    guard [.int64, .int32, .float32, .bool].contains(type) else {
      throw BackendError(
        .unsupported, in: "Input \(input)",
        "needs elements of \(type), where int64, int32, float32 or bool was expected",
        remedy: "Export the model with int64 inputs, as Optimum does")
    }
    try self.init(type, shape: shape, runtime: runtime) { bytes in
      for (index, number) in numbers.enumerated() {
        switch type {
        case .int64: bytes.storeBytes(of: Int64(number), toByteOffset: index * 8, as: Int64.self)
        case .int32: bytes.storeBytes(of: Int32(number), toByteOffset: index * 4, as: Int32.self)
        case .float32: bytes.storeBytes(of: Float(number), toByteOffset: index * 4, as: Float.self)
        default: bytes.storeBytes(of: number == 0 ? 0 : 1, toByteOffset: index, as: UInt8.self)
        }
      }
    }
  }
}
