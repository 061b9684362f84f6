internal import ModelBackends

/// A part of the state that a model passes from run to run: a layer's keys, its values, or a recurrent layer's state.
struct StateSlot: Sendable, Hashable {
  let input: String
  let output: String
  let type: ElementType
  /// The shape before the first token.
  let initialShape: [Int]
  /// The axis of tokens; `nil` for a recurrent state, which cannot be truncated.
  let tokenAxis: Int?

  /// The maximum size of a state for one token, or in all, in numbers.
  private static let largestCount = 1 << 36

  /// A state's name without the word for "before": the same for an input and its output.
  static func key(ofInput name: String) -> String {
    key(of: name, without: ["past_key_values", "past_key_value", "past"])
  }

  /// A state's name without the word for "after"; `nil` where the output is not a state.
  static func key(ofOutput name: String) -> String? {
    name.hasPrefix("present") ? key(of: name, without: ["present_key_values", "present_key_value", "present"]) : nil
  }

  private static func key(of name: String, without prefixes: [String]) -> String {
    let prefix = prefixes.first { name.hasPrefix($0) } ?? ""
    return name.dropFirst(prefix.count).split { $0 == "." || $0 == "_" }.joined(separator: ".")
  }

  /// Infers the shape of a state.
  ///
  /// - Throws: ``BackendError`` with the code `unsupported` that names the input whose shape cannot be inferred.
  init(
    input: TensorInfo, output: TensorInfo, batch: String, configuration: ModelConfiguration, subject: String
  ) throws {
    guard input.type == output.type, input.type.size != nil else {
      throw BackendError(
        .unsupported, in: subject, "takes the state \(input) but returns \(output)",
        remedy: "Export the model so that a state's input and output have the same type")
    }
    var shape = input.extents.map(\.fixed)
    var tokenAxis: Int?
    let batchAxis = input.extents.count == 5 ? 1 : 0
    var open: [(axis: Int, name: String)] = []
    for (axis, extent) in input.extents.enumerated() {
      guard let name = extent.symbol else { continue }
      if name.contains("batch"), name.contains("head") {
        shape[axis] = configuration.keyValueHeads
      } else if name.contains("batch") || !name.isEmpty && name == batch || name.isEmpty && axis == batchAxis {
        shape[axis] = 1
      } else {
        open.append((axis, name))
      }
    }
    let isCountedInTokens = { (name: String) in ["past", "seq", "length", "total"].contains { name.contains($0) } }
    let tokenAxes = open.filter { isCountedInTokens($0.name) }
    if tokenAxes.count == 1 || open.count == 1 {
      tokenAxis = (tokenAxes.first ?? open[0]).axis
    } else if open.count > 1, input.extents.count == 4 {
      tokenAxis = 2
    }
    for (axis, _) in open where axis != tokenAxis {
      if input.extents.count == 4 { shape[axis] = axis == 1 ? configuration.keyValueHeads : configuration.headSize }
    }
    if let tokenAxis { shape[tokenAxis] = 0 }
    guard !shape.contains(nil) else {
      throw BackendError(
        .unsupported, in: subject, "does not say how large the state \(input) is",
        remedy: "Export the model with fixed sizes but for batch and sequence, or complete config.json")
    }
    // Sizes that exceed any memory are damage, and must not be multiplied further.
    let count = shape.reduce(1) { count, size -> Int? in
      guard let count, let size, size >= 0 else { return nil }
      let (product, overflows) = count.multipliedReportingOverflow(by: max(size, 1))
      return overflows || product > Self.largestCount ? nil : product
    }
    guard count != nil else {
      throw BackendError(
        .invalidFile, in: subject, "gives the state \(input) the sizes \(shape.compactMap(\.self))",
        remedy: "Export or download the model again, and compare its config.json with the original")
    }
    self.input = input.name
    self.output = output.name
    self.type = input.type
    self.initialShape = shape.compactMap { $0 }
    self.tokenAxis = tokenAxis
  }
}
