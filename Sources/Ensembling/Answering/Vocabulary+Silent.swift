import ModelBackends

extension Vocabulary {
  /// The tokens that an answer cannot be written with, because they stand for nothing: the unknown token, reserved
  /// places, and text tokens without bytes. Chosen, they would add nothing to the text, and a model may choose them for
  /// ever.
  ///
  /// Control tokens are none of them. Where they do not end an answer they may be what a model was taught to write: the
  /// names of channels, the beginning of a tool's call. The main model keeps them among its tokens; they are no text.
  ///
  /// - Complexity: O(V).
  var silentTokens: [TokenID] {
    indices.filter { id in
      switch kind(of: id) {
      case .unknown, .unused: !isEndOfGeneration(id)
      case .normal, .byte, .userDefined: bytes(of: id).isEmpty && !isEndOfGeneration(id)
      case .control: false
      }
    }
  }
}
