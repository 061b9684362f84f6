/// A piece of text between the steps of a tokenizer.
struct Piece {
  /// The position of a piece's start, which decides about leading spaces.
  enum Position {
    /// At the start of the model's input.
    case start
    /// At the start of these bytes, which continue others.
    case continuation
    /// After other text of these bytes.
    case later
  }

  /// Valid UTF-8.
  var text: ArraySlice<UInt8>
  var position: Position

  /// Parts of this piece, without empty ones; only the part at its start keeps its position.
  func parts(_ ranges: some Sequence<Range<Int>>) -> [Piece] {
    ranges.compactMap { range in
      if range.isEmpty { return nil }
      return Piece(text: text[range], position: range.lowerBound == text.startIndex ? position : .later)
    }
  }
}
