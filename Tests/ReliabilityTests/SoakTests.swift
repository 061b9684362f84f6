#if LlamaCpp
  import DeePEn
  import Foundation
  import Testing

  /// Runs where `DEEPEN_SOAK` sets the number of answers; `Tools/soak` does.
  @Suite("One answer after another") struct SoakTests {
    static let answers = ProcessInfo.processInfo.environment["DEEPEN_SOAK"].flatMap { Int($0) }
    /// Answers before memory is measured: sessions, caches and the engines' buffers grow to the needs of one answer.
    static let warmUp = 5

    @Test(
      "Memory does not grow",
      .enabled(if: answers != nil && currentMemory() != nil, "A soak; run Tools/soak, on Linux."))
    func memory() async throws {
      let answers = try #require(Self.answers)
      let pair = try BundledEnsemble()
      let ensemble = try await pair.ensemble(main: pair.atlas)
      let endless = try Ensemble(members: ensemble.members, fusion: Endless(ensemble.fusion, main: pair.atlas))
      let questions = ["What is the capital of France?", "What is the plural of mouse?", "What comes after nine?"]
      var sizes: [Int] = []
      for answer in 0..<Self.warmUp + answers {
        let options = ResponseOptions(
          sampling: Sampling(temperature: 1, seed: UInt64(answer)), maximumTokens: 400)
        let response = try await endless.respond(to: questions[answer % questions.count], options: options)
        #expect(response.tokens.count == 400 && response.stopReason == .length)
        let size = try #require(currentMemory())
        if answer >= Self.warmUp { sizes.append(size) }
        let number = answer < Self.warmUp ? "warm-up \(answer + 1)" : "answer \(answer - Self.warmUp + 1)"
        print("\(number): 400 tokens, \(size / 1024) KiB")
      }
      let count = min(5, answers / 2)
      let (first, last) = (mean(sizes.prefix(count)), mean(sizes.suffix(count)))
      let growth = (last / first - 1) * 100
      print("resident memory of the last \(count) answers: \(String(format: "%+.2f", growth)) % of the first \(count)")
      #expect(growth <= 2)
    }

    private func mean(_ sizes: ArraySlice<Int>) -> Double { Double(sizes.reduce(0, +)) / Double(sizes.count) }
  }

  /// The process's resident memory in bytes; `nil` on systems without `/proc`.
  private func currentMemory() -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
      let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { return nil }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
#endif
