import ModelBackends

/// Parts of a text to score, none longer than a context.
///
/// A text that fits into every member's context is one part. Otherwise each part after the first begins anew, with the
/// conversation, where there is one, and the end of what was scored before; the shortest context decides. Parts begin and
/// end where every member's tokenizer lets the text be cut, so that tokens are those of the whole text.
struct ScoreWindows {
  /// One part: what is read before it, and which of the text's tokens are scored in it.
  struct Window {
    var beginning: Beginning
    var tokens: Range<Int>
  }

  private let service: MemberService
  private let tokens: [TokenID]
  private let overlap: Double
  /// What comes before the text as it stands; nothing where that is a conversation.
  private let lead: [UInt8]
  /// What every part begins with.
  private let base: Beginning
  /// What comes before the text and the text.
  private let stream: [UInt8]
  /// Where each token begins in the stream, and where the last one ends.
  private let starts: [Int]

  /// Divides a text.
  ///
  /// - Parameters:
  ///   - tokens: The text in the main model's tokens.
  ///   - overlap: The share of a context that is read again in each part but the first.
  /// - Throws: ``EnsembleError`` where the text is too long and cannot be divided, and what sessions throw.
  /// - Complexity: One count of the whole text for each member with a context length that it may exceed; where it is too
  ///   long, a logarithmic number of counts for each part.
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
    let places = try cuts()
    // Parts end before tokens at which the text can be cut, or at its end.
    let ends = starts.indices.dropFirst().filter { $0 == tokens.count || places.contains(starts[$0]) }
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
        current = try await beginningAgain(before: first..<next, places.sorted())
      }
    }
    return windows
  }

  /// The places at which all members' tokenizers let the text be cut; a member without a tokenizer has no objection.
  private func cuts() throws -> Set<Int> {
    var places = Array(1..<max(stream.count, 1))
    for member in service.members {
      guard let tokenizer = member.backend.tokenizer else { continue }
      places.removeAll { !tokenizer.canCut(stream, at: $0) }
      guard !places.isEmpty else {
        throw EnsembleError(
          .unsupported, member: member.name,
          "the text is longer than a context, and its tokenizer lets it be cut nowhere that the others do",
          remedy: "Score the text in shorter parts.")
      }
    }
    return Set(places)
  }

  /// What is read before a part: the conversation, and of the text before it as much as the overlap allows and leaves room
  /// for the part up to its first possible end, at least from the last cut on.
  private func beginningAgain(before part: Range<Int>, _ places: [Int]) async throws -> Beginning {
    let place = starts[part.lowerBound]
    let earlier = places.filter { $0 < place }
    guard !earlier.isEmpty else { return base }
    var (low, high) = (0, earlier.count - 1)
    while low < high {
      let middle = (low + high) / 2
      let piece = earlier[middle]..<place
      if try await isAllowed(piece), try await fits(part, after: .continued(base, stream[piece])) {
        high = middle
      } else {
        low = middle + 1
      }
    }
    return .continued(base, stream[earlier[low]..<place])
  }

  /// Whether a piece of the text takes no more than the overlap's share of what the conversation leaves of any context.
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

  /// Whether every member can read all that must be read to score a part: everything but its last token.
  private func fits(_ part: Range<Int>, after beginning: Beginning) async throws -> Bool {
    let counts = try await counts(of: beginning, followedBy: Array(tokens[part].dropLast()))
    return zip(service.members, counts).allSatisfy { member, count in
      guard let limit = member.backend.contextLength, let count else { return true }
      return count.tokens.map { $0 <= limit } ?? false
    }
  }

  /// How many tokens each member with a context length reads; `nil` for the others and those that have no part.
  private func counts(
    of beginning: Beginning, followedBy read: [TokenID] = []
  ) async throws -> [MemberService.TokenCount?] {
    let answer = service.members[0].backend.vocabulary.text(of: read)
    let texts = service.members.enumerated().map { index, member -> ContextText? in
      // What a template cannot write down is left to the answer.
      guard member.backend.contextLength != nil, let prompt = try? beginning.prompt(for: member) else { return nil }
      return ContextText(
        prompt: prompt, answer: answer, answerTokens: index == 0 ? read : nil, healing: member.healing)
    }
    return try await service.tokenCounts(of: texts)
  }

  private func tooLong(_ part: Range<Int>) -> EnsembleError {
    EnsembleError(
      .invalidOptions,
      "the \(starts[part.upperBound] - starts[part.lowerBound]) bytes of the text from byte \(starts[part.lowerBound] - lead.count) on do not fit into every member's context, and cannot be cut",
      remedy: "Shorten what comes before the text, or use members with longer contexts.")
  }
}
