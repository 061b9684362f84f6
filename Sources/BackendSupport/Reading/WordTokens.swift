internal import ModelBackends

extension Vocabulary {
  /// The ranges of a text's tokens that hold words: those that spell at least one of their bytes.
  ///
  /// Where a tokenizer changes the text, so that its tokens spell more or fewer bytes, positions are found in
  /// proportion.
  ///
  /// - Parameters:
  ///   - words: The ranges of the words in the text.
  ///   - tokens: The text's tokens.
  ///   - count: The length of the text in bytes.
  func tokens(holding words: [Range<Int>], of tokens: [TokenID], spelling count: Int) -> [Range<Int>] {
    if words.isEmpty { return [] }
    if words == [0..<count] { return [tokens.indices] }
    var widths = tokens.map { id in
      guard indices.contains(id) else { return 0 }
      return kind(of: id) == .unknown ? 1 : kind(of: id).isText ? bytes(of: id).count : 0
    }
    if widths.reduce(0, +) == count + 1, let first = widths.firstIndex(where: { $0 > 0 }),
      bytes(of: tokens[first]).first == UInt8(ascii: " ")
    {
      // The space that a tokenizer puts before a text.
      widths[first] -= 1
    }
    let scale = Double(count) / Double(max(1, widths.reduce(0, +)))
    var (holding, end): ([Range<Int>], Int) = ([], 0)
    for (index, width) in widths.enumerated() {
      let start = end
      end += width
      let spelt = scale == 1 ? start..<end : Int(Double(start) * scale)..<Int((Double(end) * scale).rounded(.up))
      if words.contains(where: { $0.overlaps(spelt) }) { holding.extend(by: index..<index + 1) }
    }
    return holding
  }
}
