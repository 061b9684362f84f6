import ModelBackends

/// A position in an answer, after which members are asked what comes next.
struct AnswerPosition: Sendable {
  /// The answer up to there.
  let bytes: [UInt8]
  /// The main model's tokens that spell it.
  let tokens: [TokenID]
  /// Whether the bytes are UTF-8 as they stand. They are not while the text ends inside a character, nor ever again after
  /// the main model has written a byte that belongs to none.
  let isWhole: Bool

  /// - Complexity: O(number of bytes).
  init(bytes: [UInt8] = [], tokens: [TokenID] = []) {
    self.bytes = bytes
    self.tokens = tokens
    isWhole = String(validating: bytes, as: UTF8.self) != nil
  }

  /// The step; 0 for the first.
  var step: Int { tokens.count }
}
