/// A stretch of text on its way through the tokenizer.
struct Piece {
  /// Where a stretch begins; it decides about leading spaces.
  enum Position {
    /// At the start of all that the model reads.
    case start
    /// At the start of these bytes, which continue others.
    case continuation
    /// After something else of these bytes.
    case later
  }

  /// Valid UTF-8.
  var text: ArraySlice<UInt8>
  var position: Position

  /// Parts of this piece; those that are empty are left out, and only the one that begins it keeps its position.
  func parts(_ ranges: some Sequence<Range<Int>>) -> [Piece] {
    ranges.compactMap { range in
      if range.isEmpty { return nil }
      return Piece(text: text[range], position: range.lowerBound == text.startIndex ? position : .later)
    }
  }
}
