import DocumentSupport
import Foundation

/// Writes the Swift of one document to a file: `sample-writer REPOSITORY PATH OUTPUT`.
@main
enum SampleWriter {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 4 else { fatalError("usage: sample-writer REPOSITORY PATH OUTPUT") }
    let repository = URL(filePath: arguments[1])
    let file = SampleFile(try Document(arguments[2], in: repository), in: repository)
    try file.text.write(toFile: arguments[3], atomically: true, encoding: .utf8)
  }
}
