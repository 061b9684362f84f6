public import ModelBackends
import Synchronization

/// A conversation with an ensemble, which owns the members' sessions and reuses their caches.
///
/// ```swift
/// let ensemble = try await Ensemble(main: atlas, assistants: [scholar])
/// let conversation = ensemble.conversation()
/// print(try await conversation.respond(to: "What is the capital of France?").text)
/// print(try await conversation.respond(to: "And of Spain?").text)
/// ```
///
/// A stateless call answers bit for bit as if nothing had been asked before, and reads again whatever that takes. A
/// conversation does not: engines round with the number of tokens that they evaluate at once, so the last bits of
/// probabilities depend on the turns before, which are the conversation's own. In exchange each turn evaluates only the
/// new tokens.
///
/// A turn becomes a part of the conversation when its answer has ended, by itself or at its length limit. One that
/// fails, is cancelled or is abandoned in the middle changes nothing and can be asked again.
public final class Conversation: Sendable {
  private struct State {
    var messages: [Message]
    /// The answer that is being read, or was abandoned in the middle.
    weak var current: Generation?
  }

  private let ensemble: Ensemble
  private let service: MemberService
  private let state: Mutex<State>

  init(_ ensemble: Ensemble, messages: [Message]) {
    self.ensemble = ensemble
    let sessions = SessionPool(memberCount: ensemble.members.count, limit: 1)
    service = MemberService(ensemble.members, pool: sessions, reading: .continued, schedule: ensemble.schedule)
    state = Mutex(State(messages: messages))
  }

  /// The messages so far, in order.
  public var messages: [Message] { state.withLock { $0.messages } }

  /// Answers the user's next message, token by token.
  ///
  /// The turn begins when the first token is requested. An abandoned turn ends then.
  public func streamResponse(
    to prompt: String, options: ResponseOptions = ResponseOptions()
  ) -> ResponseStream {
    ResponseStream(
      Generation(
        service: service, weights: ensemble.weights, fusion: ensemble.fusion, beginning: .conversation([]),
        options: options, turn: Turn(conversation: self, prompt: prompt)))
  }

  /// Answers the user's next message.
  ///
  /// - Throws: ``EnsembleError``, whose `textSoFar` holds the answer up to the failure, with the code
  ///   `concurrentReaders` where the turn before is still being answered; `CancellationError`.
  public func respond(
    to prompt: String, options: ResponseOptions = ResponseOptions()
  ) async throws -> Response {
    try await streamResponse(to: prompt, options: options).whole()
  }

  /// A message of the user and its answer.
  struct Turn: Sendable {
    let conversation: Conversation
    let prompt: String

    /// Makes an answer the conversation's current one.
    ///
    /// - Returns: The messages to answer.
    /// - Throws: ``EnsembleError`` with the code `concurrentReaders` where another one is being read.
    func begin(_ generation: Generation) async throws -> [Message] {
      let last = conversation.state.withLock { $0.current }
      try await last?.releaseSessions()
      let messages = try conversation.state.withLock { state in
        guard state.current == nil || state.current === last else {
          throw EnsembleError(
            .concurrentReaders, "two turns of a conversation began at the same time",
            remedy: "Wait for the first answer, or give each of them a conversation of its own.")
        }
        state.current = generation
        return state.messages + [Message(role: .user, content: prompt)]
      }
      await conversation.service.restart()
      return messages
    }

    /// Ends an answer; `nil` where nothing of it is kept.
    func end(_ generation: Generation, saying text: String?) {
      conversation.state.withLock { state in
        guard state.current === generation else { return }
        state.current = nil
        guard let text else { return }
        state.messages.append(Message(role: .user, content: prompt))
        let content = conversation.ensemble.content(of: text, after: state.messages)
        state.messages.append(Message(role: .assistant, content: content))
      }
    }
  }
}

extension Ensemble {
  /// Starts a conversation, with sessions of its own.
  ///
  /// - Parameter messages: The messages so far, such as instructions.
  public func conversation(_ messages: [Message] = []) -> Conversation {
    Conversation(self, messages: messages)
  }
}

extension Ensemble {
  /// The form of an answer in later prompts: without its leading space, unless more of the text that the members have
  /// read stays the same with it.
  fileprivate func content(of answer: String, after messages: [Message]) -> String {
    let trimmed = String(answer.drop(while: \.isWhitespace))
    func common(_ content: String) -> Int {
      let next = messages + [Message(role: .assistant, content: content), Message(role: .user, content: "")]
      return members.reduce(0) { sum, member in
        guard let read = try? member.template.prompt(for: messages).bytes + Array(answer.utf8),
          let prompt = try? member.template.prompt(for: next).bytes
        else { return sum }
        return sum + zip(read, prompt).prefix { $0 == $1 }.count
      }
    }
    return common(answer) > common(trimmed) ? answer : trimmed
  }
}
