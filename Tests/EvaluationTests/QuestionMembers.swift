import Ensembling
import Evaluation
import ModelBackendTesting
import ModelBackends

/// A model that knows the answer to questions with its own letter in them.
func member(_ name: String, knows letter: UInt8, tokens: [String]) -> Member {
  Member(
    ScriptedBackend(name: name, tokens: tokens) { context in
      let text = context.bytes
      guard text.last != UInt8(ascii: "!") else { return tokens.map { $0 == "</s>" ? 5 : 0 } }
      let isKnown = text.contains(letter)
      return tokens.map { $0 == "yes!" ? (isKnown ? 6 : 0) : $0 == "no!" ? (isKnown ? 0 : 1) : -3 }
    })
}

func tokenizing(_ member: Member) -> Member { Member(Tokenizing(base: member.backend), name: member.name) }

func items(_ name: String) -> [EvaluationItem] {
  ["x", "y", "xy", "xx", "yy"].enumerated().map { number, question in
    EvaluationItem(
      id: "\(name)\(number)", group: question, messages: [Message(role: .user, content: question)],
      expectation: .answer(["yes!"], form: .line))
  }
}

/// A scripted model with a tokenizer that takes the longest token each time.
struct Tokenizing: ModelBackend {
  let base: any ModelBackend
  var name: String { base.name }
  var vocabulary: Vocabulary { base.vocabulary }
  var tokenizer: (any Tokenizer)? { Greedy(vocabulary: base.vocabulary) }
  func makeSession() async throws -> any ModelSession { try await base.makeSession() }

  struct Greedy: Tokenizer {
    let vocabulary: Vocabulary

    func encode(_ text: [UInt8], options: EncodingOptions) throws -> [TokenID] {
      var tokens: [TokenID] = []
      var rest = text[...]
      while !rest.isEmpty {
        let lengths = stride(from: rest.count, to: 0, by: -1)
        guard let token = lengths.lazy.compactMap({ vocabulary.id(forBytes: rest.prefix($0)) }).first else {
          throw BackendError(.tokenization, in: "greedy", "no token fits", remedy: "Use its own words.")
        }
        tokens.append(token)
        rest = rest.dropFirst(vocabulary.bytes(of: token).count)
      }
      return tokens
    }
  }
}
