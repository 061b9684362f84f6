/// A language model: its vocabulary, its embeddings, and sessions that answer with next-token logits.
///
/// A backend is loaded once and shared: several sessions may run on it at the same time.
/// The guide "Implementing a backend" walks through a complete one.
public protocol ModelBackend: Sendable {
  /// A short name for messages and tables, such as the file's.
  var name: String { get }

  /// The model's tokens in bytes, as many as it has logits.
  var vocabulary: Vocabulary { get }

  /// The maximum number of tokens in the model's context; `nil` where there is no limit.
  var contextLength: Int? { get }

  /// Human-readable warnings found while the model was loaded, which may mean that its answers are worthless; none of
  /// them prevents the model from answering.
  var warnings: [BackendWarning] { get }

  /// The model's own format for conversations, if it specifies one.
  var chatTemplate: (any PromptTemplate)? { get }

  /// The tokenizer that maps text to the model's tokens, where it is known; needed to score given texts, not to answer.
  ///
  /// Declare it with exactly this type: a property of a concrete tokenizer's type does not satisfy the requirement, and
  /// the backend then counts as one without a known tokenizer.
  var tokenizer: (any Tokenizer)? { get }

  /// The identity of everything that determines the model's answers, so that cached results can be distinguished from
  /// those of another model of the same name; `nil` where it is unknown.
  var content: ModelContent? { get }

  /// The model's table of token vectors, `[vocabulary × dimension]`.
  ///
  /// - Throws: ``BackendError`` with the code `noEmbeddings` where the backend has none; the member can then be given a
  ///   table of its own.
  func embeddings(_ side: EmbeddingSide) throws -> any EmbeddingTable

  /// Starts a session: a conversation's own state on the shared model.
  ///
  /// - Throws: ``BackendError`` where the engine has no room for another session.
  func makeSession() async throws -> any ModelSession
}

extension ModelBackend {
  /// No limit.
  public var contextLength: Int? { nil }

  /// None.
  public var warnings: [BackendWarning] { [] }

  /// None.
  public var chatTemplate: (any PromptTemplate)? { nil }

  /// Unknown.
  public var tokenizer: (any Tokenizer)? { nil }

  /// Unknown: the model is identified by its name and its tokens.
  public var content: ModelContent? { nil }

  /// None: throws ``BackendError`` with the code `noEmbeddings`.
  public func embeddings(_ side: EmbeddingSide) throws -> any EmbeddingTable {
    throw BackendError(
      .noEmbeddings, in: name, "has no \(side.rawValue) embeddings",
      remedy: "Give the member an embedding table of its own, or choose an alignment that needs none."
    )
  }
}

/// A running conversation with one model.
///
/// The session owns its cache. It is given the whole text so far and determines which tokens to keep, to drop and to
/// add. Engines run on an executor of their own (`EngineExecutor`), off the cooperative pool.
public protocol ModelSession: AnyObject, Sendable {
  /// The number of tokens in a text, computed without evaluating any, so that a text which one member cannot read costs
  /// no other member any work.
  ///
  /// - Returns: The number of tokens; `nil` where the session cannot determine it without evaluation. A session of a
  ///   backend with a ``ModelBackend/contextLength`` must be able to.
  /// - Throws: ``BackendError``: the errors that ``predict(after:)`` would throw before it evaluates anything
  ///   (`contextOverflow`, `emptyPrompt`, `tokenization`, `invalidArgument`).
  func tokenCount(of context: ContextText) async throws -> Int?

  /// The model's next-token logits after a text.
  ///
  /// - Parameter context: The whole text so far. It may have grown, shrunk or changed since the last call.
  /// - Returns: Logits, one for each token of the vocabulary, and the work done.
  /// - Throws: ``BackendError``; with the code `tokenization` where the vocabulary cannot express the text: without
  ///   tokens for single bytes, it cannot while the text ends inside a character. The session remains usable after an
  ///   error.
  func predict(after context: ContextText) async throws -> Prediction

  /// The model's next-token logits after several prefixes of one text, in as few passes as the engine allows.
  ///
  /// The answers are those of successive calls of ``predict(after:)``, one for each prefix, up to rounding. The caller
  /// splits a long text into several calls, of about 64 prefixes each, so that no call returns many `[vocabulary]`
  /// rows.
  ///
  /// - Parameters:
  ///   - prefixes: The prefixes, shortest first.
  ///   - context: The whole text, as far as it is known.
  /// - Returns: A prediction for each prefix; `nil` for one that the vocabulary cannot express, as where it ends inside
  ///   a character. The work of the whole call is the sum over all predictions.
  /// - Throws: ``BackendError``, as ``predict(after:)`` does, except for the code `tokenization`.
  func predictions(after prefixes: [ContextText.Prefix], of context: ContextText) async throws -> [Prediction?]

  /// The probability that a text continues with the given bytes, whatever follows them, without extending the text: the
  /// next ``predict(after:)`` answers as it would have, at most at the cost of reading the end of a prompt again.
  ///
  /// - Parameters:
  ///   - continuations: The possible continuations of the text.
  ///   - context: The whole text so far.
  /// - Returns: A score for each continuation; `nil` where the session has no method better than a sequence of
  ///   predictions.
  /// - Throws: ``BackendError``, as ``predict(after:)`` does.
  func score(_ continuations: [[UInt8]], after context: ContextText) async throws -> ContinuationScores?

  /// The probability that the model assigns to the words of a prompt, each token given all before it. It is computed on
  /// the way to the first ``predict(after:)``, which then reads at most the prompt's end again.
  ///
  /// - Returns: The score of the words; `nil` where the session has no method better than a sequence of predictions.
  /// - Throws: ``BackendError``, as ``predict(after:)`` does.
  func promptScore(of prompt: RenderedPrompt) async throws -> PromptScore?
}

extension ModelSession {
  /// Unknown: `nil`.
  public func tokenCount(of context: ContextText) async throws -> Int? { nil }

  /// Predicts after one prefix at a time.
  public func predictions(after prefixes: [ContextText.Prefix], of context: ContextText) async throws -> [Prediction?] {
    var predictions: [Prediction?] = []
    for prefix in prefixes {
      try Task.checkCancellation()
      do {
        predictions.append(try await predict(after: context.prefix(prefix)))
      } catch let error as BackendError where error.code == .tokenization {
        predictions.append(nil)
      }
    }
    return predictions
  }
}

/// A model's next-token prediction.
public struct Prediction: Sendable {
  /// Unnormalised log-probabilities, `[vocabulary]`.
  public var logits: [Float]
  /// The work done.
  public var work: Work
  /// The part of the text that the vocabulary cannot express: tokens that represent unknown text
  /// (``Token/Kind/unknown``) and characters that are left out (``Tokenizer/droppedCharacters(in:)``).
  public var unknownTokens: Int

  /// Creates a prediction.
  public init(logits: [Float], work: Work = Work(), unknownTokens: Int = 0) {
    self.logits = logits
    self.work = work
    self.unknownTokens = unknownTokens
  }

  /// The numbers of tokens that a session kept, dropped and evaluated for one answer, or summed over many.
  public struct Work: Sendable, Hashable {
    /// Tokens whose state was still in the cache.
    public var kept: Int
    /// Tokens whose state was discarded because the text had changed.
    public var dropped: Int
    /// Tokens that went through the model.
    public var evaluated: Int

    /// Creates a count.
    public init(kept: Int = 0, dropped: Int = 0, evaluated: Int = 0) {
      self.kept = kept
      self.dropped = dropped
      self.evaluated = evaluated
    }

    /// The sum of two counts.
    package static func + (left: Work, right: Work) -> Work {
      Work(
        kept: left.kept + right.kept, dropped: left.dropped + right.dropped,
        evaluated: left.evaluated + right.evaluated)
    }
  }
}
