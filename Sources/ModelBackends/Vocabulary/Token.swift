/// One entry of a vocabulary: the bytes that it stands for, and what it is for.
///
/// A token is its bytes. `▁the`, `Ġthe` and ` the` are spellings of the bytes 20 74 68 65; `<0x0A>`, `Ċ` and a newline
/// are spellings of 0A. Vocabularies meet in bytes, never in spelling.
public struct Token: Sendable, Hashable {
  /// What a token is for.
  public enum Kind: UInt8, Sendable, Hashable, CaseIterable {
    /// A piece of text.
    case normal
    /// A single byte, as a fall-back for text that no normal token covers.
    case byte
    /// A piece of text that the model's makers added to a trained vocabulary.
    case userDefined
    /// A marker that never appears in text, such as the beginning or the end of a text.
    case control
    /// The token that stands for everything the vocabulary cannot express.
    case unknown
    /// A reserved place that the model never learnt.
    case unused
  }

  /// The bytes that the token stands for in a text. A control token keeps its spelling here (`</s>`).
  public var bytes: [UInt8]
  /// What the token is for.
  public var kind: Kind

  /// Makes a token from bytes.
  public init(bytes: [UInt8], kind: Kind = .normal) {
    self.bytes = bytes
    self.kind = kind
  }

  /// Makes a token from text.
  public init(_ text: String, kind: Kind = .normal) {
    self.init(bytes: Array(text.utf8), kind: kind)
  }
}

extension Token.Kind {
  /// Whether tokens of this kind stand for bytes of a text: normal, byte and user-defined tokens do.
  public var isText: Bool {
    switch self {
    case .normal, .byte, .userDefined: true
    case .control, .unknown, .unused: false
    }
  }
}
