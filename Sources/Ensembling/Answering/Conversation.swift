public import ModelBackends
import Synchronization

/// A conversation with an ensemble, which owns the members' sessions and reads on from what they have read.
///
/// ```swift
/// let ensemble = try await Ensemble(main: atlas, assistants: [scholar])
/// let conversation = ensemble.conversation()
/// print(try await conversation.respond(to: "What is the capital of France?").text)
/// print(try await conversation.respond(to: "And of Spain?").text)
/// ```
///
/// A stateless call answers to the bit as if nothing had been asked before, and reads again what that takes. A conversation
/// does not: engines round with the number of tokens that they evaluate at once, so the last bits of probabilities depend
/// on the turns before, which are the conversation's own. In exchange each turn evaluates only what is new.
///
/// A turn becomes a part of the conversation when its answer has ended, by itself or at its length. One that fails, is
/// cancelled or is left in the middle changes nothing and can be asked again.
public final class Conversation: Sendable {
  private struct State {
    var messages: [Message]
    /// The answer that is being read, or was left in the middle.
    weak var current: Generation?
  }

  private let ensemble: Ensemble
  private let service: MemberService
  private let state: Mutex<State>

  init(_ ensemble: Ensemble, messages: [Message]) {
    self.ensemble = ensemble
    let sessions = SessionPool(memberCount: ensemble.members.count, limit: 1)
    service = MemberService(ensemble.members, pool: sessions, reading: .onward)
    state = Mutex(State(messages: messages))
  }

  /// What has been said, in order.
  public var messages: [Message] { state.withLock { $0.messages } }

  /// Answers the next thing that the user says, token by token.
  ///
  /// The turn begins with the first token that is asked for. A turn that was left in the middle ends then.
  public func streamResponse(
    to prompt: String, options: ResponseOptions = ResponseOptions()
  ) -> ResponseStream {
    ResponseStream(
      Generation(
        service: service, weights: ensemble.weights, fusion: ensemble.fusion, beginning: .conversation([]),
        options: options, turn: Turn(conversation: self, prompt: prompt)))
  }

  /// Answers the next thing that the user says.
  ///
  /// - Throws: ``EnsembleError``, whose `textSoFar` holds what had been answered, with the code `concurrentReaders` where
  ///   the turn before is still being answered; `CancellationError`.
  public func respond(
    to prompt: String, options: ResponseOptions = ResponseOptions()
  ) async throws -> Response {
    try await streamResponse(to: prompt, options: options).whole()
  }

  /// One thing that the user says, and its answer.
  struct Turn: Sendable {
    let conversation: Conversation
    let prompt: String

    /// Makes an answer the conversation's current one.
    ///
    /// - Returns: What to answer.
    /// - Throws: ``EnsembleError`` with the code `concurrentReaders` where another one is being read.
    func begin(_ generation: Generation) async throws -> [Message] {
      let last = conversation.state.withLock { $0.current }
      try await last?.giveWay()
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

    /// Ends an answer; `nil` where nothing is to be kept of it.
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
  /// - Parameter messages: What has been said before, such as instructions.
  public func conversation(_ messages: [Message] = []) -> Conversation {
    Conversation(self, messages: messages)
  }
}

extension Ensemble {
  /// An answer as it is written down in later prompts: without its leading space, unless more of what the members have
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
