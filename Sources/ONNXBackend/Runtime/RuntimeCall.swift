internal import CONNXRuntime
internal import ModelBackends

/// Converts the results of ONNX Runtime's functions to values and errors.
struct RuntimeCall {
  /// The table of functions.
  var api: OpaquePointer
  /// The subject of errors: a file, a model.
  var subject: String

  /// The library's error codes that the backend distinguishes.
  private enum Failure {
    static let noSuchFile: Int32 = 3
    static let invalidProtobuf: Int32 = 7
    static let notImplemented: Int32 = 9
    static let invalidGraph: Int32 = 10
  }

  /// Releases a result and throws its error, if it is one.
  func check(_ result: OpaquePointer?) throws {
    guard let result else { return }
    let code = deepen_ort_error_code(api, result)
    let message = String(cString: deepen_ort_error_message(api, result))
    deepen_ort_release_status(api, result)
    throw error(code: code, message: message)
  }

  /// Calls a function that returns a new object.
  func make(_ body: (UnsafeMutablePointer<OpaquePointer?>) -> OpaquePointer?) throws -> OpaquePointer {
    var object: OpaquePointer?
    try check(body(&object))
    guard let object else { throw error(code: 0, message: "returned nothing") }
    return object
  }

  private func error(code: Int32, message: String) -> BackendError {
    switch code {
    case Failure.noSuchFile:
      BackendError(
        .missingFile, in: subject, "ONNX Runtime cannot open a file (\(message))",
        remedy: "Check the path, and that the model's external data files lie beside it")
    case Failure.invalidProtobuf, Failure.invalidGraph:
      BackendError(
        .invalidFile, in: subject, "ONNX Runtime cannot read the model (\(message))",
        remedy: "Export or download the model again")
    case Failure.notImplemented:
      BackendError(
        .unsupported, in: subject, "ONNX Runtime has no implementation for part of the model (\(message))",
        remedy: "Install a newer ONNX Runtime, or use another of the model's files (fp32, say)")
    default:
      BackendError(
        .engineFailure, in: subject, "ONNX Runtime failed with code \(code) (\(message))",
        remedy: "See ONNX Runtime's message; a model that other programs run is worth a bug report")
    }
  }
}
