import Foundation
import PackagePlugin

/// Hands the Swift in this repository's documents to the compiler, one file for each document that contains some.
@main
struct SamplePlugin: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let repository = context.package.directoryURL
    let writer = try context.tool(named: "sample-writer").url
    return try documents(in: repository).map { path in
      let name = String(path.map { $0.isLetter || $0.isNumber ? $0 : "_" })
      let output = context.pluginWorkDirectoryURL.appending(path: "\(name).swift")
      return .buildCommand(
        displayName: "Reading the code in \(path)", executable: writer,
        arguments: [repository.path, path, output.path],
        inputFiles: [repository.appending(path: path)], outputFiles: [output])
    }
  }

  private func documents(in repository: URL) throws -> [String] {
    let root = repository.standardizedFileURL
    let files = FileManager.default.enumerator(
      at: root, includingPropertiesForKeys: nil, options: .skipsHiddenFiles)
    return try (files?.compactMap { $0 as? URL } ?? []).compactMap { file in
      let path = String(file.path.dropFirst(root.path.count + 1))
      guard path.hasSuffix(".md") || (path.hasPrefix("Sources/") && path.hasSuffix(".swift")) else { return nil }
      return try String(contentsOf: file, encoding: .utf8).contains("```swift\n") ? path : nil
    }.sorted()
  }
}
