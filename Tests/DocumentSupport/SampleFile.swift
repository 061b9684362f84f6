package import Foundation

/// The Swift of a document as a file that the compiler reads, word for word and in the order of the document.
///
/// The file imports what the document imports and, in the documentation of a module, that module: nothing else. Errors
/// point to the document's lines. Later blocks of a passage see its declarations. Names that a document assumes
/// are those of the target into which the file is compiled.
package struct SampleFile {
  private let document: Document
  private let repository: URL

  /// Creates the file of a document.
  package init(_ document: Document, in repository: URL) {
    self.document = document
    self.repository = repository
  }

  /// The name of the type that contains a document's code.
  package static func typeName(for path: String) -> String {
    "Sample_" + String(path.map { $0.isLetter || $0.isNumber ? $0 : "_" })
  }

  /// The file.
  package var text: String {
    let blocks = document.passages.joined().filter { $0.language == "swift" }
    let imports = Set(blocks.flatMap(\.imports) + (document.module.map { [$0] } ?? [])).sorted()
    var lines = ["// Written from \(document.path); its lines are meant."]
    // Without the trait there is no initialiser to call.
    let needsLlama = imports.contains("GGUFBackend")
    if needsLlama { lines.append("#if LlamaCpp") }
    lines += imports.map { "import \($0)" }
    for (number, passage) in document.passages.enumerated() {
      let name = Self.typeName(for: document.path) + (number == 0 ? "" : "_\(number + 1)")
      lines += ["", "struct \(name) {"] + type(of: passage.filter { $0.language == "swift" }) + ["}"]
    }
    if needsLlama { lines.append("#endif") }
    return lines.joined(separator: "\n") + "\n"
  }

  private func type(of blocks: [CodeBlock]) -> [String] {
    var lines: [String] = []
    for (number, block) in blocks.enumerated() {
      switch block.kind {
      case .declarations: lines += code(of: block)
      // A printed interface must not shadow the package's own.
      case .interface: lines += ["enum Interface_\(number + 1) {"] + code(of: block) + ["}"]
      case .statements, .manifest: break
      }
    }
    let statements = blocks.filter { $0.kind == .statements }
    guard !statements.isEmpty else { return lines }
    return lines + ["func run() async throws {"] + nested(statements[...]) + ["}"]
  }

  /// Each block inside the previous one: it sees the declarations there, and may redeclare the same names.
  private func nested(_ blocks: ArraySlice<CodeBlock>) -> [String] {
    guard let first = blocks.first else { return [] }
    let names = first.body.compactMap { $0.firstMatch(of: /^(?:let|var) (\w+)/).map { String($0.1) } }
    let rest = nested(blocks.dropFirst())
    return code(of: first) + names.map { "_ = \($0)" } + (rest.isEmpty ? [] : ["do {"] + rest + ["}"])
  }

  private func code(of block: CodeBlock) -> [String] {
    let file = repository.appending(path: document.path).path
    return ["#sourceLocation(file: \"\(file)\", line: \(block.line))"] + block.body + ["#sourceLocation()"]
  }
}
