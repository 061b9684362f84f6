internal import CONNXRuntime
internal import ModelBackends

/// An input or an output of a model, as its graph declares it.
struct TensorInfo: Sendable, Hashable {
  /// A size: a number, or a name for one that is determined when the model runs ("" where the graph gives no name).
  enum Extent: Sendable, Hashable {
    case fixed(Int)
    case symbolic(String)
  }

  var name: String
  var type: ElementType
  var extents: [Extent]
}

extension TensorInfo.Extent {
  /// The size, where the graph fixes it.
  var fixed: Int? {
    if case .fixed(let size) = self { size } else { nil }
  }

  /// The name of a size that the graph leaves open.
  var symbol: String? {
    if case .symbolic(let name) = self { name } else { nil }
  }
}

extension TensorInfo: CustomStringConvertible {
  /// "logits: float32 [batch × sequence × 512]"
  var description: String {
    let sizes = extents.map { extent in
      switch extent {
      case .fixed(let size): "\(size)"
      case .symbolic(let name): name.isEmpty ? "?" : name
      }
    }
    return "\(name): \(type) [\(sizes.joined(separator: " × "))]"
  }
}

extension TensorInfo {
  /// Reads a declaration.
  init(name: String, type typeInfo: OpaquePointer, call: RuntimeCall) throws {
    var info: OpaquePointer?
    try call.check(deepen_ort_type_tensor_info(call.api, typeInfo, &info))
    guard let info else {
      throw BackendError(
        .unsupported, in: call.subject, "\(name) is not a tensor",
        remedy: "Export the model so that all inputs and outputs are tensors")
    }
    let (type, shape) = try Self.typeAndShape(info, call: call)
    var symbols = [UnsafePointer<CChar>?](repeating: nil, count: shape.count)
    try call.check(deepen_ort_symbolic_dimensions(call.api, info, &symbols, shape.count))
    self.init(
      name: name, type: type,
      extents: zip(shape, symbols).map { size, symbol in
        size >= 0 ? .fixed(size) : .symbolic(symbol.map { String(cString: $0) } ?? "")
      })
  }

  /// The element type and the sizes of a tensor; −1 represents a size that is not fixed.
  static func typeAndShape(_ info: OpaquePointer, call: RuntimeCall) throws -> (ElementType, [Int]) {
    var type: Int32 = 0
    var rank = 0
    try call.check(deepen_ort_element_type(call.api, info, &type))
    try call.check(deepen_ort_rank(call.api, info, &rank))
    var shape = [Int64](repeating: 0, count: rank)
    try call.check(deepen_ort_dimensions(call.api, info, &shape, rank))
    return (ElementType(rawValue: type), shape.map(Int.init))
  }
}
