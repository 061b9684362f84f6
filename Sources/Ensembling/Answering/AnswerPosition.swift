import ModelBackends

/// A position in an answer, at which members predict the next token.
struct AnswerPosition: Sendable {
  /// The answer up to this position.
  let bytes: [UInt8]
  /// The main model's tokens that spell it.
  let tokens: [TokenID]
  /// Whether the bytes are valid UTF-8. They are not while the text ends inside a character, nor ever again after the
  /// main model has written a byte that belongs to none.
  let isWhole: Bool

  /// - Complexity: O(number of bytes).
  init(bytes: [UInt8] = [], tokens: [TokenID] = []) {
    self.bytes = bytes
    self.tokens = tokens
    isWhole = String(validating: bytes, as: UTF8.self) != nil
  }

  /// The index of the step, the first being 0.
  var step: Int { tokens.count }
}
