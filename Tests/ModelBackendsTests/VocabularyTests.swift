import ModelBackends
import Testing

struct VocabularyTests {
  let vocabulary = Vocabulary(
    known: [
      Token("<s>", kind: .control), Token("</s>", kind: .control), Token("<unk>", kind: .unknown),
      Token(bytes: [0x61], kind: .byte), Token("a"), Token("a"), Token(" the", kind: .userDefined),
      Token("é"), Token(bytes: Array("e\u{301}".utf8)), Token(bytes: [0xc3]), Token("", kind: .normal),
      Token("<pad>", kind: .unused), Token("<|eot|>", kind: .control),
    ], endOfGeneration: [12, 1, 12], beginningOfText: 0)

  @Test func tokensKeepTheirIndices() {
    #expect(vocabulary.count == 13)
    #expect(vocabulary.indices == 0..<13)
    #expect(vocabulary[6] == Token(" the", kind: .userDefined))
    #expect(vocabulary.kind(of: 3) == .byte)
    #expect(Array(vocabulary.bytes(of: 9)) == [0xc3])
    // The beginning of another text is an end too, the last in order.
    #expect(vocabulary.endOfGeneration == [12, 1, 0])
    #expect(vocabulary.isEndOfGeneration(12) && vocabulary.isEndOfGeneration(0))
    #expect(!vocabulary.isEndOfGeneration(2))
    #expect(vocabulary.beginningOfText == 0)
  }

  @Test func bytesFindOneTokenForText() {
    // A normal token goes before the byte token, the lower of two normal ones before the higher.
    #expect(vocabulary.id(forBytes: [0x61]) == 4)
    #expect(vocabulary.id(forBytes: Array("x the".utf8)[1...]) == 6)
    #expect(vocabulary.id(forBytes: "</s>".utf8) == nil)
    #expect(vocabulary.id(forBytes: "<pad>".utf8) == nil)
    #expect(vocabulary.id(forBytes: [UInt8]()) == nil)
  }

  @Test func spellingsOfOneCharacterAreDifferentTokens() {
    #expect(vocabulary.id(forBytes: [0xc3, 0xa9]) == 7)
    #expect(vocabulary.id(forBytes: [0x65, 0xcc, 0x81]) == 8)
  }

  @Test func textLeavesOutWhatIsNotText() {
    #expect(vocabulary.text(of: [0, 4, 6, 2, 9, 12, 11]) == Array("a the".utf8) + [0xc3])
    #expect(vocabulary.text(of: []) == [])
  }

  @Test func textTokensAreDistinct() {
    #expect(vocabulary.textTokens == [4, 6, 7, 8, 9])
    #expect(Token.Kind.allCases.filter(\.isText) == [.normal, .byte, .userDefined])
  }

  @Test(
    arguments: [
      ([], [], nil, "no tokens"), (["a"], [1], nil, "end of a text is token 1, which is not among the 1 tokens"),
      (["a"], [0, -1], nil, "end of a text is token -1"), (["a"], [], -1, "beginning of a text is token -1"),
      (["a"], [.max], nil, "is token \(Int.max)"),
    ] as [([String], [TokenID], TokenID?, String)])
  func invalidVocabulariesThrow(_ tokens: [String], _ ends: [TokenID], _ beginning: TokenID?, _ words: String) {
    let error = #expect(throws: BackendError.self) {
      try Vocabulary(tokens: tokens.map { Token($0) }, endOfGeneration: ends, beginningOfText: beginning)
    }
    #expect(error?.code == .invalidFile)
    #expect(error?.problem.contains(words) == true, "\(String(describing: error))")
  }
}
