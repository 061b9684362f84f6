import ModelBackends
import RelativeSpace
import Testing

struct AnchorsTests {
  /// Control tokens and end of text first, as SentencePiece models have them.
  let first = Vocabulary(
    known: [
      Token("</s>", kind: .control), Token("<unk>", kind: .unknown), Token(bytes: [0x0a], kind: .byte),
      Token(" the"), Token("cat"), Token("é"), Token("only here"), Token("<pad>", kind: .unused),
    ], endOfGeneration: [0])
  /// The same words at other indices; the newline is a normal token; é is there only decomposed.
  let second = Vocabulary(
    known: [
      Token("cat"), Token("\n"), Token(bytes: Array("e\u{301}".utf8)), Token("cat", kind: .userDefined),
      Token(" the"), Token("<pad>"), Token("<|end|>", kind: .control), Token("</s>"),
    ], endOfGeneration: [6])

  @Test func vocabulariesMeetInBytes() throws {
    let anchors = try Anchors(shared: [first, second])
    #expect(
      anchors.all.map(\.meaning) == [
        .text([0x0a]), .text(Array(" the".utf8)), .text(Array("cat".utf8)), .endOfGeneration,
      ])
    #expect(anchors.ids(ofMember: 0) == [2, 3, 4, 0])
    #expect(anchors.ids(ofMember: 1) == [1, 4, 0, 6])
    #expect(anchors.count == 4)
    #expect(anchors.memberCount == 2)
    #expect(anchors.all.last?.bytes == nil)
    #expect(Anchors.sharedTokenCount(of: [first, second]) == 3)
  }

  @Test func theOrderOfMembersOnlyReordersIdentifiers() throws {
    let anchors = try Anchors(shared: [first, second])
    let swapped = try Anchors(shared: [second, first])
    #expect(anchors.all.map(\.meaning) == swapped.all.map(\.meaning))
    #expect(anchors.ids(ofMember: 0) == swapped.ids(ofMember: 1))
    #expect(anchors.ids(ofMember: 1) == swapped.ids(ofMember: 0))
  }

  @Test func endOfGenerationNeedsEveryMember() throws {
    #expect(try Anchors(shared: [first, second], includesEndOfGeneration: false).count == 3)
    let endless = Vocabulary(known: [Token("cat")])
    #expect(try Anchors(shared: [first, endless]).all.map(\.bytes) == [Array("cat".utf8)])
  }

  @Test func anEndThatIsATextTokenIsOneAnchor() throws {
    let a = Vocabulary(known: [Token("a"), Token("<end>", kind: .userDefined)], endOfGeneration: [1])
    let anchors = try Anchors(shared: [a, a])
    #expect(anchors.all.map(\.meaning) == [.text([0x61]), .endOfGeneration])
  }

  @Test func oneVocabularySharesEverythingWithItself() throws {
    let anchors = try Anchors(shared: [first], includesEndOfGeneration: false)
    #expect(anchors.ids(ofMember: 0).sorted() == [2, 3, 4, 5, 6])
  }

  @Test func nothingSharedIsAnError() {
    let other = Vocabulary(known: [Token("</s>", kind: .control), Token("dog")], endOfGeneration: [0])
    let error = #expect(throws: RelativeSpaceError.self) { try Anchors(shared: [first, other]) }
    #expect(error?.code == .noSharedTokens)
    #expect(error?.description.contains("2 vocabularies") == true)
  }

  @Test func aMemberThatIsNotThere() async {
    await #expect(processExitsWith: .failure) {
      let anchors = try Anchors(shared: [Vocabulary(known: [Token("a")])])
      _ = anchors.ids(ofMember: 1)
    }
  }

  @Test func noVocabulariesHaveNoAnchors() {
    #expect(code { try Anchors(shared: []) } == .noSharedTokens)
  }
}

struct AnchorSelectionTests {
  /// Words of one to three letters, in another order in each vocabulary.
  let words = ["b", "aaa", "cc", "dd", "a", "ddd"]
  var first: Vocabulary { Vocabulary(known: words.map { Token($0) }) }
  var second: Vocabulary { Vocabulary(known: words.reversed().map { Token($0) }) }

  @Test func lowestIdentifiers() throws {
    #expect(try select(.lowestIDs(2)) == ["aaa", "b"])
    #expect(try select(.lowestIDs(2, inMember: 1)) == ["a", "ddd"])
    #expect(try select(.lowestIDs(100)).count == 6)
  }

  @Test func longest() throws {
    #expect(try select(.longest(3)) == ["aaa", "cc", "ddd"])
  }

  @Test func randomRepeatsWithItsSeed() throws {
    #expect(try select(.random(3, seed: 1)) == select(.random(3, seed: 1)))
    let draws = try (0..<10).map { try select(.random(3, seed: $0)) }
    #expect(Set(draws).count > 1)
    #expect(draws.allSatisfy { Set($0).count == 3 })
  }

  @Test func givenTokens() throws {
    #expect(try select(.tokens(["ddd", "a", "a"].map { Array($0.utf8) })) == ["a", "ddd"])
    let error = #expect(throws: RelativeSpaceError.self) {
      try select(.tokens([Array("a".utf8), Array("no \"x".utf8), [0xff, 0x01]]))
    }
    #expect(error?.code == .tokensNotShared)
    #expect(error?.problem == #"Not every vocabulary has "no \"x", <ff 01> as one token"#)
    let many = #expect(throws: RelativeSpaceError.self) {
      try select(.tokens((0..<9).map { [0x30 + UInt8($0)] }))
    }
    #expect(many?.problem.contains("and 4 more") == true)
  }

  @Test func ownRules() throws {
    let rule = AnchorSelection { shared in shared.indices.filter { shared[$0].bytes?.first == UInt8(ascii: "d") } }
    #expect(try select(rule) == ["dd", "ddd"])
  }

  @Test func selectionsThatCannotBe() {
    #expect(code { try select(.lowestIDs(0)) } == .invalidOption)
    #expect(code { try select(.longest(-1)) } == .invalidOption)
    #expect(code { try select(.random(0, seed: 1)) } == .invalidOption)
    #expect(code { try select(.lowestIDs(1, inMember: 2)) } == .invalidOption)
    #expect(code { try select(.tokens([])) } == .noAnchors)
    #expect(code { try select(AnchorSelection { _ in [] }) } == .noAnchors)
  }

  private func select(_ selection: AnchorSelection) throws -> [String] {
    try Anchors(shared: [first, second], selection: selection).all.map {
      String(decoding: $0.bytes ?? [], as: UTF8.self)
    }
  }
}
