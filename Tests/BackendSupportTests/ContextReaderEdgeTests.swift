import BackendSupport
import ModelBackends
import Testing

/// Tokens are single bytes; texts can be cut before every space.
private struct SpaceCutter: Tokenizer {
  let vocabulary = Vocabulary(known: (0...255).map { Token(bytes: [$0], kind: .byte) })

  func encode(_ text: [UInt8], options: EncodingOptions) -> [TokenID] { text.map(Int.init) }

  func canCut(_ text: [UInt8], at position: Int) -> Bool {
    #expect(position > 0 && position < text.count, "Position \(position) is not inside a text of \(text.count) bytes.")
    return text.indices.contains(position) && text[position] == UInt8(ascii: " ")
  }
}

@Suite struct ContextReaderEdgeTests {
  @Test(arguments: 0..<12) func textsMayDivergeAtACut(shift: Int) throws {
    let start = String(repeating: "x", count: 64 + shift)
    var reader = ContextReader(SpaceCutter())
    for text in [start + " one two", start + "\ntwo", start, start + " one", start + " "] {
      #expect(try reader.read(ContextText(text)).tokens == text.utf8.map(Int.init))
    }
  }
}
