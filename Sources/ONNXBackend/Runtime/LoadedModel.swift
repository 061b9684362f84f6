internal import CONNXRuntime
internal import ModelBackends

/// A model in ONNX Runtime. Several sessions may run it at the same time.
final class LoadedModel: @unchecked Sendable {
  let runtime: Runtime
  let subject: String
  let inputs: [TensorInfo]
  let outputs: [TensorInfo]
  private let session: OpaquePointer

  /// Loads a file.
  ///
  /// - Throws: ``BackendError`` where an option cannot be used or the file cannot be loaded.
  init(file: String, options: ONNXBackend.Options, runtime: Runtime) throws {
    let api = runtime.api
    let call = RuntimeCall(api: api, subject: file)
    let settings = try call.make { deepen_ort_create_session_options(api, $0) }
    defer { deepen_ort_release_session_options(api, settings) }
    try options.apply(to: settings, runtime: runtime, call: call)
    let session = try call.make { deepen_ort_create_session(api, runtime.environment, file, settings, $0) }
    self.runtime = runtime
    self.session = session
    subject = file
    do {
      inputs = try Self.declarations(
        session, runtime, call, count: deepen_ort_input_count, name: deepen_ort_input_name, type: deepen_ort_input_type)
      outputs = try Self.declarations(
        session, runtime, call, count: deepen_ort_output_count, name: deepen_ort_output_name,
        type: deepen_ort_output_type)
    } catch {
      // The initialiser did not finish, so `deinit` does not run.
      deepen_ort_release_session(api, session)
      throw error
    }
  }

  deinit {
    deepen_ort_release_session(runtime.api, session)
  }

  /// Runs the model once.
  ///
  /// - Parameters:
  ///   - inputs: Tensors by name.
  ///   - outputs: The names of the outputs to compute.
  ///   - stop: A way to end the run early from another thread.
  /// - Returns: The outputs, in the order of their names.
  /// - Throws: ``BackendError`` where the model fails or was stopped.
  func run(_ inputs: [(name: String, tensor: Tensor)], outputs: [String], stop: RunStop) throws -> [Tensor] {
    let call = RuntimeCall(api: runtime.api, subject: subject)
    var values = [OpaquePointer?](repeating: nil, count: outputs.count)
    try withExtendedLifetime(inputs) {
      try withCStrings(inputs.map(\.name)) { inputNames in
        try withCStrings(outputs) { outputNames in
          try call.check(
            deepen_ort_run(
              runtime.api, session, stop.options, inputNames, inputs.map(\.tensor.value), inputs.count, outputNames,
              outputs.count, &values))
        }
      }
    }
    var tensors: [Tensor] = []
    for (index, value) in values.enumerated() {
      guard let value else { continue }
      do {
        tensors.append(
          try Tensor(adopting: value, subject: "\(subject), output \(outputs[index])", runtime: runtime))
      } catch {
        // The value itself has been released already; those after it have no owner yet.
        values[(index + 1)...].compactMap { $0 }.forEach { deepen_ort_release_value(runtime.api, $0) }
        throw error
      }
    }
    guard tensors.count == outputs.count else {
      throw BackendError(
        .engineFailure, in: subject, "ONNX Runtime returned \(tensors.count) outputs, not \(outputs.count)",
        remedy: "Export the model without optional outputs")
    }
    return tensors
  }

  private typealias Count = (OpaquePointer, OpaquePointer, UnsafeMutablePointer<Int>) -> OpaquePointer?
  private typealias Name =
    (OpaquePointer, OpaquePointer, Int, OpaquePointer, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>)
    -> OpaquePointer?
  private typealias Declaration =
    (OpaquePointer, OpaquePointer, Int, UnsafeMutablePointer<OpaquePointer?>) -> OpaquePointer?

  private static func declarations(
    _ session: OpaquePointer, _ runtime: Runtime, _ call: RuntimeCall, count: Count, name: Name, type: Declaration
  ) throws -> [TensorInfo] {
    let api = runtime.api
    var number = 0
    try call.check(count(api, session, &number))
    return try (0..<number).map { index in
      var text: UnsafeMutablePointer<CChar>?
      try call.check(name(api, session, index, runtime.allocator, &text))
      guard let text else { return TensorInfo(name: "", type: ElementType(rawValue: 0), extents: []) }
      defer { _ = try? call.check(deepen_ort_allocator_free(api, runtime.allocator, text)) }
      let typeInfo = try call.make { type(api, session, index, $0) }
      defer { deepen_ort_release_type(api, typeInfo) }
      return try TensorInfo(name: String(cString: text), type: typeInfo, call: call)
    }
  }
}

/// Ends a run early, from any thread.
final class RunStop: @unchecked Sendable {
  let options: OpaquePointer
  private let runtime: Runtime

  init(runtime: Runtime) throws {
    self.runtime = runtime
    options = try RuntimeCall(api: runtime.api, subject: "ONNX Runtime \(runtime.version)")
      .make { deepen_ort_create_run_options(runtime.api, $0) }
  }

  deinit {
    deepen_ort_release_run_options(runtime.api, options)
  }

  /// Asks the run to end; it then fails.
  func stop() {
    let result = deepen_ort_terminate(runtime.api, options)
    if let result { deepen_ort_release_status(runtime.api, result) }
  }
}
