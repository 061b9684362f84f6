import DocumentSupport
import Foundation
import ProcessSupport
import Testing

/// A manifest with the documents' lines resolves: dependency, traits and products exist.
@Suite(.timeLimit(.minutes(20))) struct ManifestTests {
  @Test func everyManifestResolves() throws {
    let blocks = try Repository.documents().flatMap { document in
      document.passages.joined().filter { $0.language == "swift" && $0.kind == .manifest }.map { (document.path, $0) }
    }
    #expect(!blocks.isEmpty)
    for (path, block) in blocks {
      let folder = FileManager.default.temporaryDirectory.appending(path: "manifest-\(UUID().uuidString)")
      defer { try? FileManager.default.removeItem(at: folder) }
      let consumer = folder.appending(path: "consumer")
      try FileManager.default.createDirectory(
        at: consumer.appending(path: "Sources/consumer"), withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        at: folder.appending(path: "swift-deepen"), withDestinationURL: Repository.folder)
      try "".write(to: consumer.appending(path: "Sources/consumer/main.swift"), atomically: true, encoding: .utf8)
      try manifest(of: block.lines).write(
        to: consumer.appending(path: "Package.swift"), atomically: true, encoding: .utf8)
      let run = try ProgramRun(
        ["swift", "package", "--disable-sandbox", "show-dependencies", "--format", "flatlist"], in: consumer)
      #expect(run.status == 0 && run.output.contains("swift-deepen"), "\(path):\(block.line): \(run.output)")
    }
  }

  private func manifest(of lines: [String]) -> String {
    let packages = lines.filter { $0.hasPrefix(".package(") }
    let products = lines.filter { $0.hasPrefix(".product(") }
    return """
      // swift-tools-version: 6.2
      import PackageDescription

      let package = Package(
        name: "consumer",
        platforms: [.macOS(.v15)],
        dependencies: [
          \(packages.joined(separator: "\n    "))
        ],
        targets: [
          .executableTarget(
            name: "consumer",
            dependencies: [
              \(products.joined(separator: "\n        "))
            ])
        ]
      )
      """
  }
}
