import Baselines
import Ensembling
import LinearAlgebra
import ModelBackendTesting
import ModelBackends
import Testing

/// Gives the same answer to everything, and counts a step for each letter.
private struct Fixed: Answering {
  var text: String
  var name: String

  init(_ text: String, by name: String = "fixed") {
    self.text = text
    self.name = name
  }

  func respond(to messages: [Message], options: ResponseOptions) async throws -> Response {
    var member = Statistics.MemberStatistics(name: name)
    member.steps = text.count
    member.duration = .milliseconds(text.count)
    var statistics = Statistics(members: [member])
    statistics.steps = text.count
    statistics.duration = .seconds(1)
    let event = MemberEvent(.abstained, member: name, step: 0, reason: "a test")
    return Response(text: text, tokens: [], stopReason: .stop, statistics: statistics, events: [event])
  }
}

/// Repeats the last message.
private struct Echo: Answering {
  func respond(to messages: [Message], options: ResponseOptions) async throws -> Response {
    Response(
      text: messages.last?.content ?? "", tokens: [], stopReason: .stop, statistics: Statistics(members: []))
  }
}

private struct Shortest: CandidateRanker {
  func scores(of candidates: [String], after messages: [Message]) async throws -> [Double] {
    #expect(Set(candidates).count == candidates.count)
    return candidates.map { -Double($0.count) }
  }
}

private let question = [Message(role: .user, content: "q")]
private let options = ResponseOptions()

@Suite struct AnswerTests {
  private func vote(_ texts: [String]) async throws -> String {
    try await Voting(texts.map { Fixed($0) }).respond(to: question, options: options).text
  }

  @Test func theMajorityWinsInItsFirstWords() async throws {
    #expect(try await vote(["b", " A", "a "]) == " A")
    #expect(try await vote(["b", "a", "c"]) == "b")
    #expect(try await vote(["c", "a", "b", "B", "a"]) == "a")
  }

  @Test func invalidVotesDoNotCount() async throws {
    let voters = ["none", "none", "7"].map { Fixed($0) }
    let voting = Voting(voters) { $0 == "none" ? nil : $0 }
    #expect(try await voting.respond(to: question, options: options).text == "7")
    let empty = Voting(voters) { _ in nil }
    #expect(try await empty.respond(to: question, options: options).text == "none")
  }

  @Test(arguments: 1...4) func oneAnswererManyTimesIsThatAnswerer(count: Int) async throws {
    let all = [any Answering](repeating: Fixed("abc", by: "m"), count: count)
    for wrapper in [
      Voting(all) as any Answering, MinimumBayesRisk(all), MinimumBayesRisk(all, similarity: .rougeL),
      RankThenFuse(all, ranker: Shortest()),
    ] {
      let response = try await wrapper.respond(to: question, options: options)
      #expect(response.text == "abc" && response.stopReason == .stop)
      #expect(response.statistics.steps == 3 * count)
      #expect(response.statistics.duration >= .seconds(count))
      #expect(response.statistics.members.map(\.name) == ["m"])
      #expect(response.statistics.members[0].steps == 3 * count)
      #expect(response.statistics.members[0].duration == .milliseconds(3 * count))
      #expect(response.events.count == count)
    }
  }

  @Test func membersOfDifferentNamesStayApart() async throws {
    let response = try await Voting([Fixed("ab", by: "x"), Fixed("c", by: "y"), Fixed("ab", by: "x")])
      .respond(to: question, options: options)
    #expect(response.statistics.members.map(\.name) == ["x", "y"])
    #expect(response.statistics.members.map(\.steps) == [4, 1])
  }

  @Test(arguments: 0..<20) func orderMattersForTiesOnly(seed: Int) async throws {
    var random = SplitMix64(seed: UInt64(seed))
    let words = ["red fox", "red dog", "a fox", "red fox", "blue whale"]
    let texts = (0..<Int.random(in: 3...6, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }
    let shuffled = texts.shuffled(using: &random)
    let counts = Dictionary(texts.map { ($0, 1) }, uniquingKeysWith: +).values.sorted()
    if counts.count == 1 || counts[counts.count - 1] > counts[counts.count - 2] {
      #expect(try await vote(texts) == vote(shuffled))
    }
    for similarity in TextSimilarity.allCases {
      func risk(_ texts: [String]) async throws -> (text: String, isTie: Bool) {
        let means = texts.indices.map { index in
          texts.indices.filter { $0 != index }.map { similarity.similarity(of: texts[index], to: texts[$0]) }.sorted()
            .reduce(0, +)
        }
        let best = Set(texts.indices.filter { means[$0] == means.max() }.map { texts[$0] })
        let all = texts.map { Fixed($0) }
        let text = try await MinimumBayesRisk(all, similarity: similarity).respond(to: question, options: options).text
        #expect(best.contains(text))
        return (text, best.count > 1)
      }
      let (one, other) = (try await risk(texts), try await risk(shuffled))
      if !one.isTie { #expect(one.text == other.text) }
    }
  }

  /// ROUGE-L, by hand: "the cat sat" has 6/7 + 4/6, "the cat sat down" 6/7 + 4/7, "the cat slept" 4/6 + 4/7. In chrF,
  /// where recall counts for more, the longer answer covers the others better.
  @Test func theAnswerInTheMiddleHasTheLeastRisk() async throws {
    let answers = ["no idea", "the cat sat", "the cat sat down", "the cat slept"].map { Fixed($0) }
    let words = MinimumBayesRisk(answers, similarity: .rougeL)
    #expect(try await words.respond(to: question, options: options).text == "the cat sat")
    let characters = MinimumBayesRisk(answers, similarity: .chrF)
    #expect(try await characters.respond(to: question, options: options).text == "the cat sat down")
  }

  @Test func theBestAreReadBestFirst() async throws {
    let answers = ["long one", " mid", "s", "mid "].map { Fixed($0) }
    let best = try await RankThenFuse(answers, ranker: Shortest()).respond(to: question, options: options)
    #expect(best.text == "s")
    let last = try await RankThenFuse(
      answers, ranker: Shortest(), conditioning: .init(Echo(), candidateCount: 2)
    ).respond(to: question, options: options)
    #expect(
      last.text == "q\n\nAnswers that were given, the likeliest first:\n1. s\n2. mid\n\nGive the right answer.")
    #expect(last.statistics.steps == 17)
    let all = try await RankThenFuse(
      answers, ranker: Shortest(),
      conditioning: .init(Echo(), candidateCount: 9) { [Message(role: .user, content: "\($0.count) \($1)")] }
    ).respond(to: [], options: options)
    #expect(all.text == #"0 ["s", "mid", "long one"]"#)
  }

  @Test func aCancelledAnswerEndsTheRest() async throws {
    struct Cancelled: Answering {
      func respond(to messages: [Message], options: ResponseOptions) async throws -> Response {
        throw CancellationError()
      }
    }
    let (first, last) = (Fixed("a"), Fixed("a"))
    for answering in [
      Voting([first, Cancelled(), last]), MinimumBayesRisk([first, Cancelled(), last]),
      RankThenFuse([first, Cancelled(), last], ranker: Shortest()),
    ] as [any Answering] {
      await #expect(throws: CancellationError.self) { try await answering.respond(to: question, options: options) }
    }
  }

  @Test func aWrapperNeedsAnAnswerer() async {
    await #expect(processExitsWith: .failure) { _ = Voting([]) }
    await #expect(processExitsWith: .failure) { _ = MinimumBayesRisk([]) }
    await #expect(processExitsWith: .failure) { _ = RankThenFuse([], ranker: Shortest()) }
  }
}
