import Foundation

/// Writes what a command found as one JSON document, on standard output, with nothing else there.
enum JSONOutput {
  static func show(_ document: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    print(String(decoding: try encoder.encode(document), as: UTF8.self))
  }
}
