import Foundation
import ModelBackends
import Testing

@testable import HuggingFaceTokenizers

@Suite("Tokens in bytes")
struct VocabularyTests {
  /// The token of a spelling in a file.
  private func token(_ spelling: String, of tokenizer: HuggingFaceTokenizer) throws -> Token {
    let id =
      tokenizer.model.id(of: Array(spelling.utf8))
      ?? tokenizer.addedTokens.tokens.first { $0.content == Array(spelling.utf8) }?.id
    return tokenizer.vocabulary[try #require(id, "\(spelling)")]
  }

  @Test("Byte alphabet")
  func byteLevel() throws {
    let tokenizer = try Fixture.tokenizer("gpt2")
    #expect(try token("Ġthe", of: tokenizer) == Token(" the"))
    #expect(try token("Ċ", of: tokenizer) == Token("\n"))
    #expect(try token("Ã", of: tokenizer) == Token(bytes: [0xC3]))
    #expect(try token("<|endoftext|>", of: tokenizer).kind == .control)
    #expect(try token("<extra>", of: tokenizer) == Token("<extra>", kind: .userDefined))
  }

  @Test("Visible spaces and byte tokens", arguments: ["llama-legacy", "llama-metaspace"])
  func metaspace(name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    #expect(try token("▁the", of: tokenizer) == Token(" the"))
    #expect(try token("<0x0A>", of: tokenizer) == Token(bytes: [0x0A], kind: .byte))
    #expect(try token("<0xFF>", of: tokenizer) == Token(bytes: [0xFF], kind: .byte))
    #expect(try token("<unk>", of: tokenizer) == Token("<unk>", kind: .unknown))
    #expect(try token("</s>", of: tokenizer) == Token("</s>", kind: .control))
    #expect(tokenizer.vocabulary.beginningOfText == 1)
  }

  @Test("WordPiece and word ends carry their space")
  func words() throws {
    let bert = try Fixture.tokenizer("bert-cased")
    #expect(try token("the", of: bert) == Token(" the"))
    #expect(try token("##s", of: bert) == Token("s"))
    #expect(try token("[CLS]", of: bert).kind == .control)
    #expect(try token("[UNK]", of: bert).kind == .unknown)
    #expect(try token("the</w>", of: Fixture.tokenizer("clip")) == Token("the "))
  }

  @Test("The text of tokens is the text", arguments: ["gpt2", "deepseek", "llama3", "llama-metaspace", "llama-legacy"])
  func roundTrip(name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    let isByteLevel = !tokenizer.model.hasByteTokens
    for text in try Fixture.texts() {
      // Added tokens may absorb spaces; a visible space is decoded to a space; the older form of SentencePiece files
      // puts a space after every added token.
      let string = text[...].string
      if string.contains("<strip>") || (!isByteLevel && string.contains("▁")) { continue }
      if name == "llama-legacy", string.contains("<extra>") { continue }
      let start = tokenizer.vocabulary.text(of: try tokenizer.encode(text, options: EncodingOptions()))
      let prefix: [UInt8] = isByteLevel || start == text ? [] : [0x20]
      #expect(start == prefix + text, "\(name): \(string.debugDescription)")
      let continued = try tokenizer.encode(text, options: EncodingOptions(isStart: false))
      #expect(tokenizer.vocabulary.text(of: continued) == text, "\(name): \(string.debugDescription)")
    }
  }

  @Test(
    "Text may begin and end inside a character",
    arguments: ["gpt2", "qwen2", "llama3", "llama-metaspace", "unigram-bytes"])
  func strayBytes(name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    let emoji = Array("🙂".utf8)
    let texts: [[UInt8]] = [
      [0x80], [0xFF, 0xFE], Array("a ".utf8) + emoji[..<2], emoji[2...] + Array(" b".utf8), [0xE2, 0x82, 0x41, 0xC3],
      [0xED, 0xA0, 0x80], [0xC0, 0xAF], Array("é".utf8) + [0xF4, 0x90, 0x80, 0x80], emoji + [0xF0, 0x9F] + emoji,
      Array("\u{10FF80}\u{10FE05} \u{10FFFF}".utf8) + [0x80, 0x85],
    ]
    for text in texts {
      let ids = try tokenizer.encode(text, options: EncodingOptions(isStart: false))
      #expect(tokenizer.vocabulary.text(of: ids) == text, "\(name): \(text)")
    }
  }

  @Test(
    "Bytes that the vocabulary cannot express are named",
    arguments: ["bert-cased", "unigram-nfkc", "clip", "word-level"])
  func inexpressible(name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    let error = try #require(throws: TokenizerError.self) {
      try tokenizer.encode(Array("ab ".utf8) + [0xE2, 0x82], options: EncodingOptions())
    }
    #expect(error.code == .inexpressible)
    #expect(error.description.contains("E2 82") || error.description.contains("E2"))
  }

  @Test("Tables are padded, and added tokens beyond them left out")
  func count() throws {
    let plain = try Fixture.tokenizer("gpt2")
    let count = plain.vocabulary.count
    let padded = try Fixture.tokenizer("gpt2", options: .init(vocabularyCount: count + 60)).vocabulary
    #expect(padded.count == count + 60)
    #expect((count..<count + 60).allSatisfy { padded.kind(of: $0) == .unused })
    let short = try Fixture.tokenizer("gpt2", options: .init(vocabularyCount: count - 4))
    #expect(short.vocabulary.count == count - 4)
    let ids = try short.encode(Array("<extra> Paris".utf8), options: EncodingOptions(readsControlTokens: true))
    #expect(ids.allSatisfy { $0 < count - 4 })
    let error = try #require(throws: TokenizerError.self) {
      try Fixture.tokenizer("gpt2", options: .init(vocabularyCount: 100))
    }
    #expect(error.code == .invalidArgument)
  }

  @Test("Beginnings and ends of texts come from the configuration and from the caller")
  func namedTokens() throws {
    let json = try Fixture.bytes("llama3.tokenizer.json")
    func load(_ configuration: String, _ options: HuggingFaceTokenizer.Options = .init()) throws -> HuggingFaceTokenizer
    {
      try HuggingFaceTokenizer(json: json, configuration: Array(configuration.utf8), options: options)
    }
    let plain = try load("{}")
    let end = try #require(plain.addedTokens.tokens.first { $0.content == Array("<|end_of_text|>".utf8) }).id
    // The beginning of another text, which the file's post-processor puts before texts, is an end as well, the last
    // one.
    let beginning = try #require(plain.vocabulary.beginningOfText)
    #expect(plain.vocabulary.endOfGeneration == [beginning])
    #expect(try load(#"{"eos_token": "<|end_of_text|>"}"#).vocabulary.endOfGeneration == [end, beginning])
    let both = try load(#"{"eos_token": {"content": "<|end_of_text|>"}}"#, .init(endOfGeneration: [end + 1]))
    #expect(both.vocabulary.endOfGeneration == [end, end + 1, beginning])
    let other = try HuggingFaceTokenizer(
      json: Fixture.bytes("gpt2.tokenizer.json"), configuration: Array(#"{"bos_token": "<|endoftext|>"}"#.utf8))
    #expect(other.vocabulary.beginningOfText == nil)
    #expect(other.vocabulary.endOfGeneration == other.addedTokens.tokens.filter(\.isSpecial).prefix(1).map(\.id))
    #expect(throws: TokenizerError.self) { try load(#"{"eos_token": "<nowhere>"}"#) }
    #expect(throws: TokenizerError.self) { try load("{}", .init(endOfGeneration: [100_000])) }
    let begun = try Fixture.tokenizer("gpt2", options: .init(beginningOfText: 0))
    #expect(begun.vocabulary.beginningOfText == 0)
    #expect(try begun.encode("a").first == 0)
    #expect(try Fixture.tokenizer("gpt2").encode("a").count == 1)
    // The file's own post-processor already puts it there.
    let first = try #require(plain.vocabulary.beginningOfText)
    #expect(try load("{}", .init(beginningOfText: first)).encode("a") == plain.encode("a"))
  }

  @Test("A missing file is named")
  func missingFile() throws {
    let url = URL(fileURLWithPath: "/nowhere/tokenizer.json")
    let error = try #require(throws: TokenizerError.self) { try HuggingFaceTokenizer(file: url.path) }
    #expect(error.code == .missingFile)
    #expect(error.description.contains("/nowhere/tokenizer.json"))
  }

  @Test("Token spellings that are equal as Swift strings stay distinct")
  func canonicalEquivalence() throws {
    let json =
      #"{"model":{"type":"WordLevel","unk_token":"?","vocab":{"?":0,"\u00e9":1,"e\u0301":2}},"pre_tokenizer":{"type":"WhitespaceSplit"}}"#
    let tokenizer = try HuggingFaceTokenizer(json: Array(json.utf8))
    #expect(tokenizer.vocabulary.count == 3)
    #expect(try tokenizer.encode("\u{E9} e\u{301} e") == [1, 2, 0])
  }
}
