/// Maps a token's spelling to the bytes that it represents inside a text.
///
/// Published decoders work on whole texts. Their changes to the text as a whole (removing the space at its start,
/// cleaning up spaces before punctuation) are no property of a token and are left out.
struct TokenDecoder: Sendable {
  /// A decoder's change to a single token.
  enum Step: Sendable {
    /// The byte alphabet.
    case byteLevel
    /// `<0x0A>` is a byte.
    case byteFallback
    case replace(Pattern, [UInt8])
    /// Up to that many of a character are removed from the start and from the end.
    case strip([UInt8], start: Int, end: Int)
    /// Tokens with the prefix continue a word; the others begin one and get a space before them.
    case wordPrefix([UInt8])
    /// Tokens with the suffix end a word and get a space after them.
    case wordSuffix([UInt8])
  }

  var steps: [Step]

  /// Whether `<0x0A>` is a byte.
  var readsByteTokens: Bool {
    steps.contains { if case .byteFallback = $0 { true } else { false } }
  }

  /// The bytes of a token.
  func bytes(of spelling: [UInt8]) -> [UInt8] {
    var bytes = spelling[...]
    for step in steps {
      switch step {
      case .byteLevel:
        // A spelling outside the alphabet represents itself.
        if let decoded = ByteAlphabet.bytes(of: bytes) { return decoded }
      case .byteFallback:
        if let byte = ByteToken.byte(of: bytes) { return [byte] }
      case .replace(let pattern, let replacement): bytes = pattern.replacing(in: bytes, with: replacement)
      case .strip(let character, let start, let end):
        for _ in 0..<start where bytes.starts(with: character) { bytes = bytes.dropFirst(character.count) }
        for _ in 0..<end where bytes.suffix(character.count).elementsEqual(character) {
          bytes = bytes.dropLast(character.count)
        }
      case .wordPrefix(let prefix):
        bytes = bytes.starts(with: prefix) ? bytes.dropFirst(prefix.count) : ([0x20] + bytes)[...]
      case .wordSuffix(let suffix):
        if !suffix.isEmpty, bytes.suffix(suffix.count).elementsEqual(suffix) {
          bytes = bytes.dropLast(suffix.count) + [0x20]
        }
      }
    }
    return Array(bytes)
  }
}

extension TokenDecoder {
  /// Reads the decoder of a file, or infers it from the other components where the file has none.
  init(document: JSONField, model: any TokenModel) throws {
    if let decoder = try document.optional("decoder") {
      var isWhole = false
      steps = try TokenDecoder.steps(decoder, reachesWholeText: &isWhole)
      return
    }
    steps = []
    for name in ["normalizer", "pre_tokenizer"] {
      if let component = try document.optional(name) { steps += try TokenDecoder.inferredSteps(component) }
    }
    if let model = model as? WordPieceModel { steps.append(.wordPrefix(model.continuingPrefix)) }
  }

  /// - Parameter reachesWholeText: Set where tokens are joined: later steps concern the text as a whole.
  private static func steps(_ field: JSONField, reachesWholeText: inout Bool) throws -> [Step] {
    let type = try field.type()
    switch type {
    case "Sequence":
      var steps: [Step] = []
      for decoder in try field.required("decoders").elements() where !reachesWholeText {
        steps += try self.steps(decoder, reachesWholeText: &reachesWholeText)
      }
      return steps
    case "Fuse":
      reachesWholeText = true
      return []
    case "ByteLevel": return [.byteLevel]
    case "ByteFallback": return [.byteFallback]
    case "Metaspace": return [.replace(.string(try field.spaceReplacement()), [0x20])]
    case "Replace":
      return [.replace(try Pattern(field.required("pattern")), try field.required("content").bytes())]
    case "Strip":
      let content = try field.required("content").bytes()
      let (start, end) = (try field.required("start").count(), try field.required("stop").count())
      return [.strip(content, start: min(start, 1024), end: min(end, 1024))]
    case "WordPiece": return [.wordPrefix(try field.optional("prefix")?.bytes() ?? Array("##".utf8))]
    case "BPEDecoder": return [.wordSuffix(try field.optional("suffix")?.bytes() ?? Array("</w>".utf8))]
    default: throw field.unknown("the decoder \"\(type)\"")
    }
  }

  private static func inferredSteps(_ field: JSONField) throws -> [Step] {
    switch try field.type() {
    case "Sequence":
      let members = try field.optional("normalizers") ?? field.required("pretokenizers")
      return try members.elements().flatMap { try inferredSteps($0) }
    case "ByteLevel": return [.byteLevel]
    case "Metaspace": return [.replace(.string(try field.spaceReplacement()), [0x20])]
    default: return []
    }
  }
}
