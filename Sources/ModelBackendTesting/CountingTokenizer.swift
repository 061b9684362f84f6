public import ModelBackends
internal import Synchronization

/// A tokenizer that counts the calls to another, to measure the cost of growing texts.
///
/// ```swift
/// import BackendSupport
/// import ModelBackends
/// import Testing
///
/// let counting = CountingTokenizer(tokenizer)
/// let session = try await TextSession(of: MyBackend(), tokenizer: counting) { _ in [] }
/// for count in stride(from: 16, to: text.count, by: 16) {
///   _ = try await session.tokenCount(of: ContextText(prompt: prompt, answer: Array(text.prefix(count))))
/// }
/// #expect(counting.bytes < 10 * text.count)
/// ```
public final class CountingTokenizer: Tokenizer {
  private let base: any Tokenizer
  private let counts = Mutex((bytes: 0, cuts: 0))

  /// Starts counting.
  public init(_ base: any Tokenizer) {
    self.base = base
  }

  /// The tokens of the tokenizer that is counted.
  public var vocabulary: Vocabulary { base.vocabulary }
  /// The number of bytes that were tokenised.
  public var bytes: Int { counts.withLock { $0.bytes } }
  /// The number of times that a text could be cut.
  public var cuts: Int { counts.withLock { $0.cuts } }

  /// Tokenises a text, and counts its bytes.
  public func encode(_ text: [UInt8], options: EncodingOptions) throws -> [TokenID] {
    counts.withLock { $0.bytes += text.count }
    return try base.encode(text, options: options)
  }

  /// The number of characters that the tokenizer leaves out.
  public func droppedCharacters(in text: [UInt8]) -> Int { base.droppedCharacters(in: text) }

  /// Returns whether a text can be cut at an index; counts the call where it can.
  public func canCut(_ text: [UInt8], at position: Int) -> Bool {
    let isCut = base.canCut(text, at: position)
    if isCut { counts.withLock { $0.cuts += 1 } }
    return isCut
  }
}
