import LinearAlgebra
import Testing

@testable import Ensembling

@Suite struct AnswerTextTests {
  /// Adds bytes in pieces and returns the text shown after each, and at the end.
  private func shown(_ pieces: [[UInt8]], stops: [String] = []) -> (pieces: [String], rest: String, text: String) {
    var answer = AnswerText(stops: stops)
    var texts: [String] = []
    for piece in pieces where !answer.isStopped { texts.append(answer.append(piece)) }
    return (texts, answer.finish(), answer.text)
  }

  @Test func halfACharacterIsHeldBackUntilItIsWhole() {
    let family = Array("a👨‍👩‍👧é".utf8)
    let (pieces, rest, text) = shown(family.map { [$0] })
    #expect(pieces.allSatisfy { !$0.unicodeScalars.contains("\u{FFFD}") })
    #expect(pieces.joined() + rest == "a👨‍👩‍👧é")
    #expect(text == "a👨‍👩‍👧é")
  }

  @Test func anIncompleteEndBecomesOneReplacementCharacter() {
    let (pieces, rest, _) = shown([Array("ok ".utf8), [0xF0, 0x9F, 0x91]])
    #expect(pieces == ["ok ", ""])
    #expect(rest == "\u{FFFD}")
  }

  @Test func bytesThatCannotBeginACharacterAreShownAtOnce() {
    let (pieces, rest, _) = shown([[0xFF], [0x80], [0xC0]])
    #expect(pieces == ["\u{FFFD}", "\u{FFFD}", "\u{FFFD}"])
    #expect(rest.isEmpty)
  }

  @Test(arguments: 0..<200) func anyCutShowsWhatTheWholeShows(seed: Int) {
    var random = SplitMix64(seed: UInt64(seed))
    let alphabet: [[UInt8]] = [
      Array("é".utf8), Array("日".utf8), Array("👩".utf8), [0x41], [0x80], [0xE2], [0xF0, 0x9F], [0xED, 0xA0],
    ]
    let bytes = (0..<12).flatMap { _ in alphabet.randomElement(using: &random)! }
    var pieces: [[UInt8]] = []
    var start = 0
    while start < bytes.count {
      let end = min(bytes.count, start + Int.random(in: 1...4, using: &random))
      pieces.append(Array(bytes[start..<end]))
      start = end
    }
    let (texts, rest, _) = shown(pieces)
    let whole = String(decoding: bytes, as: UTF8.self)
    #expect(Array((texts.joined() + rest).utf8) == Array(whole.utf8))
  }

  @Test func aStopTextEndsTheAnswerBeforeIt() {
    let (pieces, rest, text) = shown(["Pa", "ris\n", "\nQuestion"].map { Array($0.utf8) }, stops: ["\n\n"])
    #expect(pieces == ["Pa", "ris", ""])
    #expect(rest.isEmpty)
    #expect(text == "Paris")
  }

  @Test func aPossibleStopTextIsHeldBackAndReleased() {
    let (pieces, rest, _) = shown(["a<", "end", "!>"].map { Array($0.utf8) }, stops: ["<end>"])
    #expect(pieces == ["a", "", "<end!>"])
    #expect(rest.isEmpty)
  }

  @Test func theEarliestOfSeveralStopTextsCounts() {
    let (_, _, text) = shown([Array("one two three".utf8)], stops: ["three", " two"])
    #expect(text == "one")
  }

  @Test func aStopTextMayOverlapItself() {
    let (_, _, text) = shown(["aa", "a", "b"].map { Array($0.utf8) }, stops: ["aab"])
    #expect(text == "a")
  }
}
