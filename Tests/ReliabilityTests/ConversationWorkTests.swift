#if LlamaCpp
  import BackendSupport
  import DeePEn
  import Foundation
  import GGUFBackend
  import ONNXBackend
  import Synchronization
  import Testing

  /// Both engines, behind sessions that record their requests and their work.
  private struct NotingBackend: ModelBackend {
    /// One prediction: the text, and the session's work for it.
    typealias Note = (context: ContextText, work: Prediction.Work)

    final class Notes: Sendable {
      /// The records of each session, in the order of creation.
      let all = Mutex<[[Note]]>([])
    }

    let base: any ModelBackend
    let notes = Notes()
    var name: String { base.name }
    var vocabulary: Vocabulary { base.vocabulary }
    var contextLength: Int? { base.contextLength }
    var tokenizer: (any Tokenizer)? { base.tokenizer }

    func makeSession() async throws -> any ModelSession {
      let session = try await base.makeSession()
      let index = notes.all.withLock { all in
        all.append([])
        return all.count - 1
      }
      return Session(base: session, index: index, notes: notes)
    }

    private final class Session: ModelSession {
      let base: any ModelSession
      let index: Int
      let notes: Notes

      init(base: any ModelSession, index: Int, notes: Notes) {
        (self.base, self.index, self.notes) = (base, index, notes)
      }

      func tokenCount(of context: ContextText) async throws -> Int? { try await base.tokenCount(of: context) }

      func predict(after context: ContextText) async throws -> Prediction {
        let prediction = try await base.predict(after: context)
        notes.all.withLock { $0[index].append((context, prediction.work)) }
        return prediction
      }
    }
  }

  @Suite(
    "Work of conversations", .enabled(if: BundledEnsemble.isAvailable, BundledEnsemble.advice),
    .timeLimit(.minutes(20))) struct ConversationWorkTests
  {
    private static let questions = [
      "What is the capital of France?", "Name the opposite of empty.", "What is the chemical symbol of iron?",
      "For the country Mozambique, name the capital.", "What is the plural of mouse?", "What is the past tense of go?",
    ]

    @Test("Three that alternate, of six turns, evaluate no token of their history twice", arguments: [0, 1])
    func alternating(main: Int) async throws {
      let pair = try BundledEnsemble(contextLength: 512)
      var backends = [NotingBackend(base: pair.atlas), NotingBackend(base: pair.scholar)]
      if main == 1 { backends.reverse() }
      let members = backends.map { Member($0, template: BundledEnsemble.template) }
      let ensemble = try await Ensemble(main: members[0], assistants: [members[1]])
      let conversations = (0..<3).map { _ in ensemble.conversation() }
      let options = ResponseOptions(maximumTokens: 10, stop: ["\n"])
      for turn in 0..<6 {
        for (index, conversation) in conversations.enumerated() {
          _ = try await conversation.respond(to: Self.questions[(turn + 2 * index) % 6], options: options)
        }
      }
      for backend in backends {
        let sessions = backend.notes.all.withLock { $0 }
        #expect(sessions.count == 3, "Each conversation has a session of its own.")
        let tokenizer = try #require(backend.tokenizer)
        for notes in sessions {
          var reader = ContextReader(tokenizer)
          var read: [TokenID] = []
          var (evaluated, twice, changed, turns) = (0, 0, 0, 0)
          for (context, work) in notes {
            let tokens = try reader.read(context).tokens
            let common = zip(read, tokens).prefix { $0 == $1 }.count
            if context.answer.isEmpty {
              // The history is the text of earlier turns, as far as it is unchanged.
              twice += work.evaluated - (tokens.count - common)
              changed += read.count - common
              turns += 1
            }
            evaluated += work.evaluated
            read = tokens
          }
          print(
            "\(backend.name), \(main == 0 ? "atlas" : "scholar") main: \(turns) turns, \(read.count) tokens in the "
              + "end,",
            "\(evaluated) evaluated, \(twice) of the history twice, \(changed) replaced")
          #expect(turns == 6 && twice == 0)
          #expect(Double(evaluated) <= 1.3 * Double(read.count))
        }
      }
    }
  }
#endif
