import BackendSupport
import ModelBackends

/// The longest token first, from left to right; a control token before a start.
struct LongestMatchTokenizer: Tokenizer {
  let vocabulary: Vocabulary
  private let cuts: WordCuts
  private let longest: Int

  /// Tokens of text, then `<s>` and `</s>`.
  init(_ tokens: [String], bytes: Bool = false) {
    let text = tokens.map { Token($0) } + (bytes ? (0...UInt8.max).map { Token(bytes: [$0], kind: .byte) } : [])
    vocabulary = Vocabulary(
      known: text + [Token("<s>", kind: .control), Token("</s>", kind: .control)], endOfGeneration: [text.count + 1],
      beginningOfText: text.count)
    cuts = WordCuts(vocabulary)
    longest = tokens.map(\.utf8.count).max() ?? 1
  }

  func encode(_ text: [UInt8], options: EncodingOptions) throws -> [TokenID] {
    var tokens = options.isStart ? [vocabulary.beginningOfText!] : []
    var rest = text[...]
    while !rest.isEmpty {
      let lengths = stride(from: min(longest, rest.count), to: 0, by: -1)
      guard let token = lengths.lazy.compactMap({ [vocabulary] in vocabulary.id(forBytes: rest.prefix($0)) }).first
      else {
        throw BackendError(.tokenization, in: "longest match", "has no token", remedy: "Leave it out.")
      }
      tokens.append(token)
      rest = rest.dropFirst(vocabulary.bytes(of: token).count)
    }
    return tokens
  }

  func canCut(_ text: [UInt8], at position: Int) -> Bool { cuts.isCut(text, at: position) }
}
