/// Code between fences in a document.
package struct CodeBlock {
  /// The word after the opening fence.
  package var language: String
  /// The number of the first line of code in the document.
  package var line: Int
  /// The code, without the fence's own indentation.
  package var lines: [String]

  /// The treatment of a block of Swift.
  package enum Kind {
    /// Statements, as in a `main.swift` or a function.
    case statements
    /// Types, functions and tests.
    case declarations
    /// A printed part of the package's own interface.
    case interface
    /// Lines for a manifest.
    case manifest
  }

  /// The treatment of the block.
  package var kind: Kind {
    let outer = body.filter { !$0.isEmpty && !$0.hasPrefix(" ") && !$0.hasPrefix("//") && !$0.hasPrefix("}") }
    if outer.contains(where: { $0.hasPrefix(".package(") || $0.hasPrefix(".product(") }) { return .manifest }
    if outer.allSatisfy({ $0.hasPrefix("public ") }) { return .interface }
    let declaring = ["@", "func ", "struct ", "enum ", "actor ", "class ", "final ", "protocol ", "extension "]
    return outer.allSatisfy { line in declaring.contains { line.hasPrefix($0) } } ? .declarations : .statements
  }

  /// The modules that the block imports.
  package var imports: [String] {
    lines.filter { $0.hasPrefix("import ") }.map { $0.dropFirst(7).trimmingPrefix(" ").description }
  }

  /// The code with imports replaced by empty lines.
  package var body: [String] { lines.map { $0.hasPrefix("import ") ? "" : $0 } }

  /// Appends the code blocks among some lines to a list and returns the lines with code replaced by empty lines.
  static func take(from lines: [String], startingAt start: Int, into blocks: inout [CodeBlock]) -> [String] {
    var rest: [String] = []
    var open: (block: CodeBlock, indentation: Int)?
    for (index, line) in lines.enumerated() {
      let text = line.drop { $0 == " " }
      let isFence = text.hasPrefix("```")
      rest.append(isFence || open != nil ? "" : line)
      if let (block, indentation) = open {
        if isFence {
          blocks.append(block)
          open = nil
        } else {
          open?.block.lines.append(String(line.dropFirst(min(indentation, line.prefix { $0 == " " }.count))))
        }
      } else if isFence {
        let block = CodeBlock(language: String(text.dropFirst(3)), line: start + index + 1, lines: [])
        open = (block, line.count - text.count)
      }
    }
    return rest
  }
}
