import DeePEn
import Foundation

/// The text of a file.
///
/// - Throws: `BackendError`: `missingFile` where it cannot be read, `invalidFile` where it is not text in UTF-8.
public func readText(_ path: String) throws -> String {
  var isFolder: ObjCBool = false
  guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
    throw BackendError(.missingFile, in: path, "does not exist", remedy: "Check the path of the text file")
  }
  guard !isFolder.boolValue, let data = FileManager.default.contents(atPath: path) else {
    throw BackendError(.missingFile, in: path, "cannot be read", remedy: "Name a text file that may be read")
  }
  guard let text = String(bytes: data, encoding: .utf8) else {
    throw BackendError(.invalidFile, in: path, "is not text in UTF-8", remedy: "Save the file as UTF-8")
  }
  return text
}
