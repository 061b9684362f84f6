internal import ModelBackends

/// A token that is searched for in the text before the model tokenises it.
struct AddedToken: Sendable {
  var id: TokenID
  var content: [UInt8]
  /// Whether it is a control token.
  var isSpecial: Bool
  /// Whether it matches only where no word character is next to it.
  var isSingleWord: Bool
  /// Whether it absorbs the white space before it.
  var stripsLeft: Bool
  /// Whether it absorbs the white space after it.
  var stripsRight: Bool
  /// Whether it is searched for after normalisation, in its own normalised form.
  var isNormalized: Bool

  /// Whether the model itself has this token, and so decides its id.
  var isSpelledByModel: Bool

  /// Reads a token.
  ///
  /// - Parameter next: The id for a token that the model does not have.
  init(_ field: JSONField, model: any TokenModel, next: TokenID) throws {
    content = try field.required("content").bytes()
    _ = try field.required("id").count()
    let known = model.id(of: content)
    id = known ?? next
    isSpelledByModel = known != nil
    isSpecial = try field.flag("special", default: false)
    isSingleWord = try field.flag("single_word", default: false)
    stripsLeft = try field.flag("lstrip", default: false)
    stripsRight = try field.flag("rstrip", default: false)
    isNormalized = try field.flag("normalized", default: !isSpecial)
  }
}

/// All added tokens, indexed for searching.
struct AddedTokens: Sendable {
  /// A found token, or the text between two.
  enum Segment {
    case token(TokenID)
    case text(Piece)
  }

  let tokens: [AddedToken]
  /// The tokens to find in the original text, and in the normalised text.
  private var verbatim = ByteTrie()
  private var normalized = ByteTrie()
  /// The contents to find in the original text.
  private(set) var verbatimContents: [[UInt8]] = []
  /// The contents to find in the normalised text.
  private(set) var normalizedContents: [[UInt8]] = []
  /// Whether any of the latter absorbs white space.
  private(set) var normalizedOnesStrip = false

  init(_ tokens: [AddedToken], normalizer: (any Normalizer)?) {
    self.tokens = tokens
    for (index, token) in tokens.enumerated() where !token.content.isEmpty {
      if token.isNormalized {
        var piece = Piece(text: token.content[...], position: .start)
        normalizer?.apply(to: &piece, strays: nil)
        normalized.insert(piece.text, value: index)
        if !piece.text.isEmpty { normalizedContents.append(Array(piece.text)) }
        normalizedOnesStrip = normalizedOnesStrip || token.stripsLeft || token.stripsRight
      } else {
        verbatim.insert(token.content, value: index)
        verbatimContents.append(token.content)
      }
    }
  }

  /// The original text, split at its added tokens.
  func verbatimSegments(of piece: Piece, includingSpecial: Bool) -> [Segment] {
    segments(of: piece, by: verbatim, includingSpecial: includingSpecial)
  }

  /// The normalised text, split at its added tokens.
  func normalizedSegments(of piece: Piece, includingSpecial: Bool) -> [Segment] {
    segments(of: piece, by: normalized, includingSpecial: includingSpecial)
  }

  /// Leftmost match first; of matches with the same start, the longest.
  private func segments(of piece: Piece, by trie: ByteTrie, includingSpecial: Bool) -> [Segment] {
    if trie.isEmpty { return [.text(piece)] }
    let text = piece.text
    var segments: [Segment] = []
    var done = text.startIndex
    var index = text.startIndex
    func appendText(upTo end: Int) {
      if done < end { segments += piece.parts([done..<end]).map { .text($0) } }
    }
    while index < text.endIndex {
      guard let match = trie.longestMatch(in: text, at: index) else {
        index += 1
        continue
      }
      let token = tokens[match.value]
      var start = index
      var end = match.end
      index = match.end
      if token.isSpecial, !includingSpecial { continue }
      if token.isSingleWord, isInsideWord(start..<end, of: text) { continue }
      if token.stripsLeft {
        while start > done, case let before = text.scalarStart(before: start),
          Unicode.Scalar(text.scalar(at: before).value)!.isSpace
        {
          start = before
        }
      }
      if token.stripsRight {
        while end < text.endIndex, case let (value, length) = text.scalar(at: end), Unicode.Scalar(value)!.isSpace {
          end += length
        }
      }
      appendText(upTo: start)
      segments.append(.token(token.id))
      done = max(done, end)
    }
    appendText(upTo: text.endIndex)
    return segments
  }

  /// Returns whether a word character is directly before or after a range.
  private func isInsideWord(_ range: Range<Int>, of text: ArraySlice<UInt8>) -> Bool {
    func isWord(at index: Int) -> Bool { Unicode.Scalar(text.scalar(at: index).value)!.isWord }
    return range.lowerBound > text.startIndex && isWord(at: text.scalarStart(before: range.lowerBound))
      || range.upperBound < text.endIndex && isWord(at: range.upperBound)
  }
}
