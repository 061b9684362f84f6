/// The treatment of characters that a vocabulary cannot encode, neither by a token of their own nor by bytes nor by an
/// unknown token.
public enum MissingCharacters: Sendable, Hashable {
  /// A byte-pair model leaves them out and tokenises the rest, as the library does and as the model was trained. They
  /// are counted (``HuggingFaceTokenizer/droppedCharacters(in:)``). Bytes that belong to no character, and characters
  /// that other kinds of models cannot encode, are an error in the library too, and here.
  case dropped
  /// Any of them is an error that names its bytes.
  case refused
}
