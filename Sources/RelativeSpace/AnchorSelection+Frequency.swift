internal import ModelBackends

extension AnchorSelection {
  /// Selects at most `count` shared tokens: those most frequent in a text, as one vocabulary's tokenizer splits it.
  /// Ties, and tokens absent from the text, go to the lowest identifiers.
  ///
  /// ``lowestIDs(_:inMember:)`` needs no text.
  ///
  /// - Parameters:
  ///   - count: The maximum number of anchors.
  ///   - text: A text similar to those that the ensemble will write; longer texts give better counts.
  ///   - member: The vocabulary; 0 is the main model's.
  /// - Throws: When used, ``RelativeSpaceError`` where there is no such member, no tokenizer, or no token in the text,
  ///   and the tokenizer's errors.
  /// - Complexity: That of reading the text, and O(S·log S) for S shared tokens.
  public static func mostFrequent(_ count: Int, in text: String, member: Int = 0) -> AnchorSelection {
    reading { candidates in
      try check(count)
      let tokens = try candidates.tokenizer(ofMember: member).encode(text)
      guard !text.isEmpty, !tokens.isEmpty else {
        throw RelativeSpaceError(
          .invalidOption, "The text whose tokens are counted has none",
          remedy: "Give a text, or select the lowest identifiers instead.")
      }
      let counts = tokens.reduce(into: [:]) { $0[$1, default: 0] += 1 }
      let ranks = candidates.shared.map { (id: $0.ids[member], count: counts[$0.ids[member]] ?? 0) }
      let order = ranks.indices.sorted { (ranks[$1].count, ranks[$0].id) < (ranks[$0].count, ranks[$1].id) }
      return Array(order.prefix(count))
    }
  }
}
