import ModelBackends

/// Windows of a text to score, none longer than a context.
///
/// A text that fits into every member's context is one window. Otherwise each window after the first starts again with
/// the conversation, where there is one, and the end of the text scored before; the shortest context decides. Windows
/// begin and end where every member's tokenizer allows a cut, so that tokens are those of the whole text.
struct ScoreWindows {
  /// One window: the text read before it, and the range of tokens scored in it.
  struct Window {
    var beginning: Beginning
    var tokens: Range<Int>
  }

  private let service: MemberService
  private let tokens: [TokenID]
  private let overlap: Double
  /// The plain text before the scored text; empty where that is a conversation.
  private let lead: [UInt8]
  /// The beginning of every window.
  private let base: Beginning
  /// The text before the scored text, and the scored text.
  private let stream: [UInt8]
  /// The start offset of each token in the stream, and the end of the last one.
  private let starts: [Int]

  /// Divides a text.
  ///
  /// - Parameters:
  ///   - tokens: The text in the main model's tokens.
  ///   - overlap: The share of a context that is read again in each window but the first.
  /// - Throws: ``EnsembleError`` where the text is too long and cannot be divided, and errors of sessions.
  /// - Complexity: One count of the whole text for each member with a context length that it may exceed; where it is
  ///   too long, a logarithmic number of counts for each window.
  static func divide(
    _ tokens: [TokenID], after beginning: Beginning, overlap: Double, countedBy service: MemberService
  ) async throws -> [Window] {
    let whole = [Window(beginning: beginning, tokens: 0..<tokens.count)]
    guard service.members.contains(where: { $0.backend.contextLength != nil }) else { return whole }
    let windows = ScoreWindows(service, tokens, beginning, overlap)
    return try await windows.fits(0..<tokens.count, after: beginning) ? whole : windows.divided(after: beginning)
  }

  private init(_ service: MemberService, _ tokens: [TokenID], _ beginning: Beginning, _ overlap: Double) {
    self.service = service
    self.tokens = tokens
    self.overlap = overlap
    if case .text(let text) = beginning {
      (lead, base) = (Array(text.utf8), .text(""))
    } else {
      (lead, base) = ([], beginning)
    }
    let vocabulary = service.members[0].backend.vocabulary
    starts = tokens.reduce(into: [lead.count]) { $0.append($0[$0.count - 1] + vocabulary.bytes(of: $1).count) }
    stream = lead + vocabulary.text(of: tokens)
  }

  private func divided(after beginning: Beginning) async throws -> [Window] {
    let offsets = try cuts()
    // Windows end before tokens at which the text can be cut, or at its end.
    let ends = starts.indices.dropFirst().filter { $0 == tokens.count || offsets.contains(starts[$0]) }
    var windows: [Window] = []
    var (first, current) = (0, beginning)
    while first < tokens.count {
      try Task.checkCancellation()
      let candidates = ends.filter { $0 > first }
      var fitting: Int?
      var (low, high) = (0, candidates.count)
      while low < high {
        let middle = (low + high) / 2
        if try await fits(first..<candidates[middle], after: current) {
          (fitting, low) = (candidates[middle], middle + 1)
        } else {
          high = middle
        }
      }
      guard let fitting else { throw tooLong(first..<(candidates.first ?? tokens.count)) }
      windows.append(Window(beginning: current, tokens: first..<fitting))
      first = fitting
      if let next = ends.first(where: { $0 > first }) {
        current = try await beginningAgain(before: first..<next, offsets.sorted())
      }
    }
    return windows
  }

  /// The offsets at which all members' tokenizers allow a cut; a member without a tokenizer allows all.
  private func cuts() throws -> Set<Int> {
    var offsets = Array(1..<max(stream.count, 1))
    for member in service.members {
      guard let tokenizer = member.backend.tokenizer else { continue }
      offsets.removeAll { !tokenizer.canCut(stream, at: $0) }
      guard !offsets.isEmpty else {
        throw EnsembleError(
          .unsupported, member: member.name,
          "the text is longer than a context, and its tokenizer lets it be cut nowhere that the others do",
          remedy: "Score the text in shorter parts.")
      }
    }
    return Set(offsets)
  }

  /// The text read before a window: the conversation, and as much of the text before it as the overlap allows and as
  /// leaves room for the window up to its first possible end, at least from the last cut on.
  private func beginningAgain(before part: Range<Int>, _ offsets: [Int]) async throws -> Beginning {
    let end = starts[part.lowerBound]
    let earlier = offsets.filter { $0 < end }
    guard !earlier.isEmpty else { return base }
    var (low, high) = (0, earlier.count - 1)
    while low < high {
      let middle = (low + high) / 2
      let piece = earlier[middle]..<end
      if try await isAllowed(piece), try await fits(part, after: .continued(base, stream[piece])) {
        high = middle
      } else {
        low = middle + 1
      }
    }
    return .continued(base, stream[earlier[low]..<end])
  }

  /// Returns `true` where a piece of the text takes no more than the overlap's share of the room that the conversation
  /// leaves in any context.
  private func isAllowed(_ piece: Range<Int>) async throws -> Bool {
    let before = try await counts(of: base)
    let all = try await counts(of: .continued(base, stream[piece]))
    return service.members.indices.allSatisfy { index in
      guard let limit = service.members[index].backend.contextLength, let count = all[index] else { return true }
      let own = isBaseEmpty ? 0 : before[index]?.tokens ?? limit
      return count.tokens.map { Double($0 - own) <= overlap * Double(limit - own) } ?? false
    }
  }

  private var isBaseEmpty: Bool { if case .text("") = base { true } else { false } }

  /// Returns `true` where every member can read all that is needed to score a window: everything but its last token.
  private func fits(_ part: Range<Int>, after beginning: Beginning) async throws -> Bool {
    let counts = try await counts(of: beginning, followedBy: Array(tokens[part].dropLast()))
    return zip(service.members, counts).allSatisfy { member, count in
      guard let limit = member.backend.contextLength, let count else { return true }
      return count.tokens.map { $0 <= limit } ?? false
    }
  }

  /// The number of tokens that each member with a context length reads; `nil` for the others and those that take no
  /// part.
  private func counts(
    of beginning: Beginning, followedBy read: [TokenID] = []
  ) async throws -> [MemberService.TokenCount?] {
    let answer = service.members[0].backend.vocabulary.text(of: read)
    let texts = service.members.enumerated().map { index, member -> ContextText? in
      // A template that cannot format the conversation is reported by the answer.
      guard member.backend.contextLength != nil, let prompt = try? beginning.prompt(for: member) else { return nil }
      return ContextText(
        prompt: prompt, answer: answer, answerTokens: index == 0 ? read : nil, healing: member.healing)
    }
    return try await service.tokenCounts(of: texts)
  }

  private func tooLong(_ part: Range<Int>) -> EnsembleError {
    EnsembleError(
      .invalidOptions,
      "the \(starts[part.upperBound] - starts[part.lowerBound]) bytes of the text from byte "
        + "\(starts[part.lowerBound] - lead.count) on do not fit into every member's context, and cannot be cut",
      remedy: "Shorten what comes before the text, or use members with longer contexts.")
  }
}
