/// A model's tokens, in bytes.
///
/// Token `i` of the model is element `i` here: a vocabulary is as long as the model's logits, so a table that is padded
/// to a round number has `.unused` tokens at its end.
public struct Vocabulary: Sendable {
  /// The bytes of all tokens, concatenated.
  private let bytes: [UInt8]
  /// The start offset of each token in `bytes`; one more entry than there are tokens.
  private let starts: [Int]
  private let kinds: [Token.Kind]
  private let idsByBytes: [ArraySlice<UInt8>: TokenID]
  private let sorted: Lazy<TokensByBytes>
  private let spelledTokens: Lazy<SpellingFinder>

  /// The tokens that end a generation (EOS, end of turn, …), the usual one first.
  ///
  /// The beginning-of-text token is among them, last: where another text begins, this one has ended, and some models
  /// are trained with nothing else between their texts.
  public let endOfGeneration: [TokenID]
  /// The token that a text begins with, if the model needs one.
  public let beginningOfText: TokenID?

  /// Creates a vocabulary.
  ///
  /// - Parameters:
  ///   - tokens: All tokens, in the order of the model's logits.
  ///   - endOfGeneration: The tokens that end a generation, the usual one first; repetitions count once.
  ///   - beginningOfText: The token that every text begins with, if any.
  /// - Throws: ``BackendError`` with the code `invalidFile` where there are no tokens, or an end or a beginning is not
  ///   among them: a model's file may name tokens that do not exist.
  /// - Complexity: O(number of bytes).
  public init(
    tokens: [Token], endOfGeneration: some Sequence<TokenID> = [], beginningOfText: TokenID? = nil
  ) throws {
    let ends = Array(endOfGeneration)
    if let problem = Self.problem(tokens, ends, beginningOfText) { throw problem }
    self.init(sound: tokens, ends, beginningOfText)
  }

  /// Creates a vocabulary of tokens that are known to be valid.
  ///
  /// - Precondition: None of the conditions holds for which ``init(tokens:endOfGeneration:beginningOfText:)`` throws.
  package init(known tokens: [Token], endOfGeneration: some Sequence<TokenID> = [], beginningOfText: TokenID? = nil) {
    let ends = Array(endOfGeneration)
    if let problem = Self.problem(tokens, ends, beginningOfText) { preconditionFailure(problem.description) }
    self.init(sound: tokens, ends, beginningOfText)
  }

  private static func problem(_ tokens: [Token], _ ends: [TokenID], _ beginning: TokenID?) -> BackendError? {
    guard !tokens.isEmpty else {
      return BackendError(
        .invalidFile, in: "the vocabulary", "there are no tokens", remedy: "Give one for each of the model's logits.")
    }
    let named = ends.map { ("end", $0) } + (beginning.map { [("beginning", $0)] } ?? [])
    return named.first { !tokens.indices.contains($1) }.map { role, token in
      BackendError(
        .invalidFile, in: "the vocabulary",
        "the \(role) of a text is token \(token), which is not among the \(tokens.count) tokens",
        remedy: "Take its number from the same file as the tokens; the first token is 0.")
    }
  }

  private init(sound tokens: [Token], _ ends: [TokenID], _ beginning: TokenID?) {
    var seen: Set<TokenID> = []
    endOfGeneration = (ends + (beginning.map { [$0] } ?? [])).filter { seen.insert($0).inserted }
    beginningOfText = beginning
    var bytes: [UInt8] = []
    bytes.reserveCapacity(tokens.reduce(0) { $0 + $1.bytes.count })
    var starts = [0]
    starts.reserveCapacity(tokens.count + 1)
    for token in tokens {
      bytes.append(contentsOf: token.bytes)
      starts.append(bytes.count)
    }
    let kinds = tokens.map(\.kind)
    var ids: [ArraySlice<UInt8>: TokenID] = [:]
    ids.reserveCapacity(tokens.count)
    for id in tokens.indices where kinds[id].isText && starts[id] < starts[id + 1] {
      let key = bytes[starts[id]..<starts[id + 1]]
      // Where two tokens spell the same bytes, one that is more than a fall-back for a byte is preferred.
      if let other = ids[key], kinds[other] != .byte || kinds[id] == .byte { continue }
      ids[key] = id
    }
    self.bytes = bytes
    self.starts = starts
    self.kinds = kinds
    self.idsByBytes = ids
    sorted = Lazy { [bytes, starts] in
      TokensByBytes(bytes: bytes, starts: starts, kinds: kinds)
    }
    spelledTokens = Lazy { [bytes, starts] in
      SpellingFinder(
        kinds.indices.lazy.filter { kinds[$0] == .control || kinds[$0] == .unknown }.map { id in
          SpellingFinder.Entry(id: id, spelling: Array(bytes[starts[id]..<starts[id + 1]]))
        })
    }
  }

  /// The text tokens sorted by their bytes; sorted once, on first use.
  package var tokensByBytes: TokensByBytes { sorted.value }

  /// Finds the tokens that markup may name: control tokens and the unknown one. Prepared once, on first use.
  package var controlSpellings: SpellingFinder { spelledTokens.value }

  /// The number of tokens, V.
  public var count: Int { kinds.count }

  /// The indices of all tokens.
  public var indices: Range<TokenID> { 0..<count }

  /// One token.
  ///
  /// - Precondition: `id` is one of `indices`.
  public subscript(id: TokenID) -> Token { Token(bytes: Array(bytes(of: id)), kind: kinds[id]) }

  /// The bytes of one token.
  ///
  /// - Precondition: `id` is one of `indices`.
  /// - Complexity: O(1); the slice shares the vocabulary's storage.
  public func bytes(of id: TokenID) -> ArraySlice<UInt8> { bytes[starts[id]..<starts[id + 1]] }

  /// The purpose of one token.
  public func kind(of id: TokenID) -> Token.Kind { kinds[id] }

  /// Returns whether a token ends a generation.
  public func isEndOfGeneration(_ id: TokenID) -> Bool { endOfGeneration.contains(id) }

  /// The token that represents exactly these bytes in a text, if there is one.
  ///
  /// Only text tokens count. Where several have the same bytes, a normal token goes before a byte token, then the
  /// lowest id.
  public func id(forBytes bytes: some Collection<UInt8>) -> TokenID? {
    if let slice = bytes as? ArraySlice<UInt8> { return idsByBytes[slice] }
    return idsByBytes[Array(bytes)[...]]
  }

  /// The bytes of a text that these tokens spell: tokens that do not represent text are left out.
  public func text(of ids: some Sequence<TokenID>) -> [UInt8] {
    ids.reduce(into: []) { text, id in
      if kinds[id].isText { text.append(contentsOf: bytes(of: id)) }
    }
  }

  /// The tokens that represent text, without repetition of bytes, in the order of their ids.
  ///
  /// These are the candidates for anchors.
  public var textTokens: [TokenID] {
    indices.filter { kinds[$0].isText && idsByBytes[bytes(of: $0)] == $0 }
  }
}
