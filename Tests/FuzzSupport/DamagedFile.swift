import Foundation

/// Calls a body with the path of a temporary file, which is removed afterwards.
package func withFile<Result>(
  _ bytes: [UInt8], named name: String = "file", _ body: (_ path: String) async throws -> Result
) async throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "fuzz-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let file = folder.appending(path: name)
  try Data(bytes).write(to: file)
  return try await body(file.path)
}
