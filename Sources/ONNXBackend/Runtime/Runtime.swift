internal import CONNXRuntime
internal import Foundation
internal import ModelBackends
internal import Synchronization

/// ONNX Runtime, loaded into the process: its table of functions and its environment.
///
/// A loaded library stays for the life of the process; the same one is never loaded twice.
final class Runtime: @unchecked Sendable {
  /// The table of functions.
  let api: OpaquePointer
  /// The library's version, such as "1.32.0".
  let version: String
  /// The path of the library.
  let path: String
  /// The allocator of tensors.
  let allocator: OpaquePointer
  /// The environment that all models of the process share.
  let environment: OpaquePointer

  private static let loaded = Mutex<[String: Runtime]>([:])

  /// Finds and loads the library.
  ///
  /// - Throws: ``BackendError`` with the code `missingEngine` that lists the candidates that were tried.
  static func load(_ search: LibrarySearch = LibrarySearch()) throws -> Runtime {
    try loaded.withLock { loaded in
      var failures: [String] = []
      for candidate in search.candidates {
        if let runtime = loaded[candidate] { return runtime }
        do {
          let runtime = try Runtime(path: candidate)
          loaded[candidate] = runtime
          return runtime
        } catch let failure as LoadFailure {
          failures.append(failure.reason)
        }
      }
      throw BackendError(
        .missingEngine, in: "ONNX Runtime",
        "the library could not be loaded; tried \(failures.joined(separator: "; "))",
        remedy: "Install it (`pip install onnxruntime` in a virtual environment, `apt install libonnxruntime-dev` from "
          + "Debian 13 on, or `brew install onnxruntime`), version 1.16 or later, or set ONNXRUNTIME_LIB to the path "
          + "of the library"
      )
    }
  }

  private struct LoadFailure: Error {
    var reason: String
  }

  private init(path: String) throws {
    guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
      let reason = dlerror().map { String(cString: $0) } ?? "unknown reason"
      throw LoadFailure(reason: reason.contains(path) ? reason : "\(path): \(reason)")
    }
    guard let entry = dlsym(handle, "OrtGetApiBase") else {
      dlclose(handle)
      throw LoadFailure(reason: "\(path): not ONNX Runtime (it has no OrtGetApiBase)")
    }
    version = String(cString: deepen_ort_version(entry))
    guard let api = deepen_ort_api(entry) else {
      throw LoadFailure(reason: "\(path): version \(version) is older than 1.\(DEEPEN_ORT_API_VERSION)")
    }
    self.api = api
    self.path = path
    // Errors are returned as values; the library would print them, too, at any level but "fatal".
    let fatal: Int32 = 4
    let call = RuntimeCall(api: api, subject: "ONNX Runtime \(version)")
    environment = try call.make { deepen_ort_create_env(api, fatal, "deepen", $0) }
    try call.check(deepen_ort_silence(api, environment))
    allocator = try call.make { deepen_ort_default_allocator(api, $0) }
  }

  /// The names of the execution providers that the library was built with, such as "CPUExecutionProvider".
  func availableProviders() throws -> [String] {
    let call = RuntimeCall(api: api, subject: "ONNX Runtime \(version)")
    var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>>?
    var count: Int32 = 0
    try call.check(deepen_ort_available_providers(api, &names, &count))
    guard let names else { return [] }
    defer { _ = try? call.check(deepen_ort_release_providers(api, names, count)) }
    return (0..<Int(count)).map { String(cString: names[$0]) }
  }
}
