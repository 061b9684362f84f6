/// What becomes of characters that a vocabulary has no token for, neither their own nor bytes nor an unknown token.
public enum MissingCharacters: Sendable, Hashable {
  /// A byte-pair model leaves them out and reads the rest, as the library does that writes the files and as the model
  /// was trained. They are counted (``HuggingFaceTokenizer/droppedCharacters(in:)``). Bytes that belong to no
  /// character, and characters that other kinds of models cannot read, are an error in the library too, and here.
  case dropped
  /// Any of them is an error that names its bytes.
  case refused
}
