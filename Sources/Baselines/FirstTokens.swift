internal import ModelBackends
internal import Synchronization

/// Finds a model's first token of byte strings that it has no single token for.
///
/// Lookups are cached: the same strings occur at many steps.
final class FirstTokens: Sendable {
  private let vocabulary: Vocabulary
  private let tokenizer: (any Tokenizer)?
  private let known = Mutex<[[UInt8]: TokenID?]>([:])

  /// Prepares a model. Without a tokenizer, the longest token that is a prefix of the bytes is used as the first one.
  init(_ backend: any ModelBackend) {
    vocabulary = backend.vocabulary
    tokenizer = backend.tokenizer
  }

  /// The token with exactly these bytes, else the first one of the model's tokenisation; `nil` where there is none.
  func token(for bytes: [UInt8]) -> TokenID? {
    if let exact = vocabulary.id(forBytes: bytes) { return exact }
    if let known = known.withLock({ $0[bytes] }) { return known }
    let token = firstToken(of: bytes)
    known.withLock { $0[bytes] = .some(token) }
    return token
  }

  private func firstToken(of bytes: [UInt8]) -> TokenID? {
    let tokens = try? tokenizer?.encode(bytes, options: EncodingOptions(isStart: false))
    let known = tokens?.filter(vocabulary.indices.contains)
    if let first = known?.first(where: { vocabulary.kind(of: $0).isText && !vocabulary.bytes(of: $0).isEmpty }) {
      return first
    }
    let lengths = stride(from: bytes.count, to: 0, by: -1)
    return lengths.lazy.compactMap { self.vocabulary.id(forBytes: bytes.prefix($0)) }.first
  }
}
