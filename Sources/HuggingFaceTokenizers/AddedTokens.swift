internal import ModelBackends

/// A token that is looked for in the text itself, before the model reads it.
struct AddedToken: Sendable {
  var id: TokenID
  var content: [UInt8]
  /// Whether it is a control token.
  var isSpecial: Bool
  /// Whether it counts only between characters that belong to no word.
  var isSingleWord: Bool
  /// Whether it takes the spaces before it along.
  var stripsLeft: Bool
  /// Whether it takes the spaces after it along.
  var stripsRight: Bool
  /// Whether it is looked for after normalisation, in its own normalised form.
  var isNormalized: Bool

  /// Whether the model has a token of its content, and so its number.
  var isSpelledByModel: Bool

  /// Reads a token.
  ///
  /// - Parameter next: The number that a token gets which the model does not have.
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

/// All added tokens, ready to be found.
struct AddedTokens: Sendable {
  /// A token that was found, or the text between two.
  enum Segment {
    case token(TokenID)
    case text(Piece)
  }

  let tokens: [AddedToken]
  /// Those to look for in the text as it came, and in the normalised text.
  private var verbatim = ByteTrie()
  private var normalized = ByteTrie()
  /// What is looked for in the text as it came.
  private(set) var verbatimContents: [[UInt8]] = []
  /// What is looked for in the normalised text.
  private(set) var normalizedContents: [[UInt8]] = []
  /// Whether any of the latter takes white space along.
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

  /// A text as it came, cut at the tokens to look for there.
  func verbatimSegments(of piece: Piece, includingSpecial: Bool) -> [Segment] {
    segments(of: piece, by: verbatim, includingSpecial: includingSpecial)
  }

  /// A normalised text, cut at the tokens to look for there.
  func normalizedSegments(of piece: Piece, includingSpecial: Bool) -> [Segment] {
    segments(of: piece, by: normalized, includingSpecial: includingSpecial)
  }

  /// The leftmost token first, and of those that start together the longest.
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

  /// Whether a word's character stands directly before or after a place.
  private func isInsideWord(_ place: Range<Int>, of text: ArraySlice<UInt8>) -> Bool {
    func isWord(at index: Int) -> Bool { Unicode.Scalar(text.scalar(at: index).value)!.isWord }
    return place.lowerBound > text.startIndex && isWord(at: text.scalarStart(before: place.lowerBound))
      || place.upperBound < text.endIndex && isWord(at: place.upperBound)
  }
}
