internal import LinearAlgebra
import ModelBackends

/// Checks that answers do not depend on a session's earlier requests.
extension BackendConformance {
  /// The answers of a fresh session to a prompt, and to its continuation.
  fileprivate struct Record {
    var prompt: RenderedPrompt
    /// The logits before each token of the greedy answer, which is passed as tokens.
    var chosen: [[Float]] = []
    var tokens: [TokenID] = []
    /// The logits before each piece of the same answer, which is passed in bytes.
    var handed: [[Float]] = []
    var pieces: [[UInt8]] = []
    /// The logits before each of these pieces, requested two at a time.
    var positions: [[Float]?] = []
    var scores: [Double?]?
    var promptScore: Double?
  }

  /// Checks that a session gives the answers of a fresh one, whatever its earlier requests: the same bits.
  ///
  /// A session receives requests for answers, positions of a text, the beginnings and ends of other texts, scores of
  /// continuations and of prompts, in a random order. A backend whose rounding depends on the number of tokens that its
  /// engine reads at once has to read a prompt in the same parts whatever its cache holds. ``check(texts:)`` requires
  /// less.
  ///
  /// - Parameters:
  ///   - prompts: Texts to answer. Some should share a prefix.
  ///   - rounds: The number of answers that are compared.
  ///   - steps: The number of tokens in an answer.
  ///   - seed: The seed of the random order.
  /// - Returns: The differences, a sentence each; empty where there are none.
  /// - Throws: The errors of the backend.
  public func checkHistory(
    prompts: [String], rounds: Int = 20, steps: Int = 6, seed: UInt64 = 0
  ) async throws -> [String] {
    var random = SplitMix64(seed: seed)
    var records: [Record] = []
    for prompt in prompts { records.append(try await record(RenderedPrompt(prompt), steps: steps)) }
    let session = try await backend.makeSession()
    var violations: [String] = []
    var history: [String] = []
    for _ in 0..<rounds {
      for _ in 0..<Int.random(in: 0...2, using: &random) {
        history.append(try await distract(session, records, &random))
      }
      guard let record = records.randomElement(using: &random) else { break }
      let shown = String(decoding: record.prompt.bytes, as: UTF8.self).debugDescription
      let asked = Int.random(in: 0..<5, using: &random)
      let isSame: Bool
      switch asked {
      case 0: isSame = try await scores(of: record.prompt, record.continuations, session) == record.scores
      case 1: isSame = try await session.promptScore(of: record.prompt)?.logProbability == record.promptScore
      case 2: isSame = try await chosen(record, session, steps: steps) == record.chosen
      case 3: isSame = try await positions(record, session) == record.positions
      default: isSame = try await handed(record, session, steps: steps) == record.handed
      }
      let kind = [
        "the scores after", "the score of", "the answer to", "positions of the answer to", "the answer in bytes to",
      ][asked]
      if !isSame { violations.append("After \(history.suffix(4)), \(kind) \(shown) is not a fresh session's.") }
      history.append("\(kind) \(shown)")
    }
    return violations
  }

  private func record(_ prompt: RenderedPrompt, steps: Int) async throws -> Record {
    var record = Record(prompt: prompt)
    let session = try await backend.makeSession()
    var answer: [UInt8] = []
    for _ in 0..<steps {
      let context = ContextText(prompt: prompt, answer: answer, answerTokens: record.tokens)
      let logits = try await session.predict(after: context).logits
      record.chosen.append(logits)
      let texts = backend.vocabulary.textTokens
      guard let best = texts.max(by: { logits[$0] < logits[$1] }) else { break }
      record.tokens.append(best)
      answer += backend.vocabulary.bytes(of: best)
    }
    // Pieces that need not be tokens of any model.
    record.pieces = stride(from: 0, to: answer.count, by: 3).map { Array(answer[$0..<min($0 + 3, answer.count)]) }
    record.handed = try await handed(record, try await backend.makeSession(), steps: steps)
    record.positions = try await positions(record, try await backend.makeSession())
    record.scores = try await scores(of: prompt, record.continuations, try await backend.makeSession())
    record.promptScore = try await backend.makeSession().promptScore(of: prompt)?.logProbability
    return record
  }

  private func chosen(_ record: Record, _ session: any ModelSession, steps: Int) async throws -> [[Float]] {
    var logits: [[Float]] = []
    for count in 0..<min(steps, record.chosen.count) {
      let tokens = Array(record.tokens[..<count])
      let context = ContextText(
        prompt: record.prompt, answer: tokens.flatMap { Array(backend.vocabulary.bytes(of: $0)) }, answerTokens: tokens)
      logits.append(try await session.predict(after: context).logits)
    }
    return logits
  }

  private func handed(_ record: Record, _ session: any ModelSession, steps: Int) async throws -> [[Float]] {
    var logits: [[Float]] = []
    for count in 0..<min(steps, record.pieces.count) {
      let context = ContextText(prompt: record.prompt, answer: record.pieces[..<count].flatMap(\.self))
      // Where a text ends inside a character, some backends cannot answer.
      guard case .success(let prediction) = await outcome(of: session, to: context) else { continue }
      logits.append(prediction.logits)
    }
    return logits
  }

  private func positions(_ record: Record, _ session: any ModelSession) async throws -> [[Float]?] {
    let context = ContextText(prompt: record.prompt, answer: record.pieces.flatMap(\.self))
    var (length, prefixes) = (0, [ContextText.Prefix(byteCount: 0)])
    for piece in record.pieces.dropLast() {
      length += piece.count
      prefixes.append(ContextText.Prefix(byteCount: length))
    }
    var logits: [[Float]?] = []
    for start in stride(from: 0, to: prefixes.count, by: 2) {
      let part = Array(prefixes[start..<min(start + 2, prefixes.count)])
      logits += try await session.predictions(after: part, of: context).map { $0?.logits }
    }
    return logits
  }

  private func scores(
    of prompt: RenderedPrompt, _ continuations: [[UInt8]], _ session: any ModelSession
  ) async throws -> [Double?]? {
    try await session.score(continuations, after: ContextText(prompt: prompt))?.logProbabilities
  }

  /// Makes another request to a session; returns its description, for messages.
  private func distract(
    _ session: any ModelSession, _ records: [Record], _ random: inout SplitMix64
  ) async throws -> String {
    guard let record = records.randomElement(using: &random) else { return "" }
    let bytes = record.prompt.bytes
    switch Int.random(in: 0..<6, using: &random) {
    case 0:
      let length = Int.random(in: min(1, bytes.count)...bytes.count, using: &random)
      _ = await outcome(of: session, to: ContextText(prompt: RenderedPrompt(parts: [.text(Array(bytes[..<length]))])))
      return "\(length) bytes of a prompt"
    case 1:
      let steps = Int.random(in: 1...max(1, record.tokens.count), using: &random)
      _ = try await chosen(record, session, steps: steps)
      return "\(steps) tokens of an answer"
    case 2:
      _ = try await scores(of: record.prompt, record.continuations.reversed(), session)
      return "scores"
    case 3:
      _ = try await session.promptScore(of: record.prompt)
      return "a prompt's score"
    case 4:
      _ = try await positions(record, session)
      return "positions"
    default:
      // An answer that shrinks, and continues differently.
      for count in [3, 1, 2] {
        let answer = Array("the other end".utf8.prefix(count * 4))
        _ = await outcome(of: session, to: ContextText(prompt: record.prompt, answer: answer))
        _ = try? await session.score(
          record.continuations, after: ContextText(prompt: record.prompt, answer: answer))
      }
      return "an answer that changes"
    }
  }
}

extension BackendConformance.Record {
  /// Continuations: the answer's beginnings and others.
  fileprivate var continuations: [[UInt8]] {
    pieces.prefix(2).map(\.self) + [Array(" the".utf8), Array("a cat".utf8), Array("1".utf8)]
  }
}
