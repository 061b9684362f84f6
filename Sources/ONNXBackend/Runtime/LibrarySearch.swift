internal import Foundation

/// The paths where ONNX Runtime's library may be on this machine, in order of preference.
///
/// A path or a variable that the caller set is the only candidate: a requested library is never replaced by another
/// one.
struct LibrarySearch {
  /// The library that the caller named, if any.
  var explicitPath: String?
  /// The process's environment variables.
  var environment: [String: String] = ProcessInfo.processInfo.environment

  #if canImport(Darwin)
    private static let systemNames = ["libonnxruntime.dylib", "libonnxruntime.1.dylib"]
    private static let systemFolders = ["/opt/homebrew/lib", "/usr/local/lib"]
  #else
    private static let systemNames = ["libonnxruntime.so", "libonnxruntime.so.1"]
    private static let systemFolders = ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/home/linuxbrew/.linuxbrew/lib"]
  #endif

  /// The candidates: paths of files, or plain names for the loader to look up.
  ///
  /// - Complexity: O(number of entries in the searched folders).
  var candidates: [String] {
    if let explicitPath { return [explicitPath] }
    if let path = environment["ONNXRUNTIME_LIB"], !path.isEmpty { return [path] }
    return Self.systemNames + pythonFolders.flatMap(libraries(in:)) + systemLibraryFolders.flatMap(libraries(in:))
  }

  /// The folders of Python packages: the active environments', then the user's own, then the machine's.
  private var pythonFolders: [String] {
    let roots = [
      environment["VIRTUAL_ENV"], environment["CONDA_PREFIX"], environment["HOME"].map { $0 + "/.local" }, "/usr/local",
    ]
    return roots.compactMap { $0 }.flatMap { root in
      entries(of: root + "/lib").filter { $0.hasPrefix("python3") }.flatMap { python in
        // Debian's own Python keeps the machine's packages under another name.
        ["site-packages", "dist-packages"].map { "\(root)/lib/\(python)/\($0)/onnxruntime/capi" }
      }
    }
  }

  /// The system's library folders and, on Linux, the folders of its architectures inside them.
  private var systemLibraryFolders: [String] {
    Self.systemFolders.flatMap { folder in
      [folder] + entries(of: folder).filter { $0.contains("-linux-") }.map { "\(folder)/\($0)" }
    }
  }

  /// The ONNX Runtime libraries in a folder, newest version first.
  private func libraries(in folder: String) -> [String] {
    entries(of: folder)
      .filter { $0.hasPrefix("libonnxruntime.") }
      .sorted { $0.compare($1, options: .numeric) == .orderedDescending }
      .map { "\(folder)/\($0)" }
  }

  private func entries(of folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }
}
