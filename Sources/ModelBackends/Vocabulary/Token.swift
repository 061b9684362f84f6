/// One entry of a vocabulary: the bytes that it represents, and its purpose.
///
/// A token is its bytes. `▁the`, `Ġthe` and ` the` are spellings of the bytes 20 74 68 65; `<0x0A>`, `Ċ` and a newline
/// are spellings of 0A. Vocabularies are matched by bytes, never by spelling.
public struct Token: Sendable, Hashable {
  /// The purpose of a token.
  public enum Kind: UInt8, Sendable, Hashable, CaseIterable {
    /// A piece of text.
    case normal
    /// A single byte, as a fall-back for text that no normal token covers.
    case byte
    /// A piece of text that the model's authors added to a trained vocabulary.
    case userDefined
    /// A marker that never appears in text, such as the beginning or the end of a text.
    case control
    /// The token that represents everything the vocabulary cannot express.
    case unknown
    /// A reserved id that the model was not trained on.
    case unused
  }

  /// The bytes that the token represents in a text. A control token keeps its spelling here (`</s>`).
  public var bytes: [UInt8]
  /// The purpose of the token.
  public var kind: Kind

  /// Creates a token from bytes.
  public init(bytes: [UInt8], kind: Kind = .normal) {
    self.bytes = bytes
    self.kind = kind
  }

  /// Creates a token from text.
  public init(_ text: String, kind: Kind = .normal) {
    self.init(bytes: Array(text.utf8), kind: kind)
  }
}

extension Token.Kind {
  /// Whether tokens of this kind represent bytes of a text: normal, byte and user-defined tokens do.
  public var isText: Bool {
    switch self {
    case .normal, .byte, .userDefined: true
    case .control, .unknown, .unused: false
    }
  }
}
