import Ensembling
import Evaluation
import Foundation
import ModelBackendTesting
import ModelBackends
import Synchronization
import Testing

@Suite struct ResultsFileTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  private var path: String { folder.appending(path: "deep/results.jsonl").path }

  private func contestant(_ name: String) throws -> Contestant {
    let member = Member(ScriptedBackend(name: name, tokens: ["a", "</s>"]) { _ in [0, 1] })
    return Contestant(name, try Ensemble(members: [member], fusion: MainModelOnly()))
  }

  private func items(_ count: Int) -> [EvaluationItem] {
    (0..<count).map {
      EvaluationItem(id: "\($0)", group: "g", messages: [], expectation: .answer(["a"], form: .line))
    }
  }

  @Test func aRunContinuesWhereItStopped() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let asked = Mutex(0)
    struct Interruption: Error {}
    let runner = Runner { item, contestant in
      let count = asked.withLock { count in
        count += 1
        return count
      }
      if count == 4 { throw Interruption() }
      return ItemResult(contestant: contestant.name, item: item.id, group: item.group, score: 1, output: "a")
    }
    let contestants = [try contestant("one"), try contestant("two")]
    await #expect(throws: Interruption.self) {
      _ = try await runner.run(items(3), by: contestants, into: ResultsFile(path, run: ["data": "d"]))
    }
    let file = try ResultsFile(path, run: ["data": "d"])
    #expect(file.results.count == 3)
    let done = Mutex<[Int]>([])
    let results = try await runner.run(items(3), by: contestants, into: file) { progress in
      done.withLock { $0.append(progress.done) }
      #expect(progress.total == 6 && progress.remaining != nil)
    }
    #expect(results.map(\.contestant) == ["one", "one", "one", "two", "two", "two"])
    #expect(done.withLock(\.self) == [4, 5, 6])
    #expect(asked.withLock(\.self) == 7)
  }

  @Test func aTornLineIsSetAsideAndWholeLinesStay() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    do {
      let file = try ResultsFile(path, run: [:])
      for item in ["1", "2"] { try file.append(ItemResult(contestant: "c", item: item, group: "ü\n", output: "\"")) }
    }
    var data = try Data(contentsOf: URL(fileURLWithPath: path))
    data.append(Data(#"{"contestant":"c","it"#.utf8))
    try data.write(to: URL(fileURLWithPath: path))
    do {
      let file = try ResultsFile(path, run: [:])
      #expect(file.results.map(\.item) == ["1", "2"])
      #expect(file.results[0].group == "ü\n")
      try file.append(ItemResult(contestant: "c", item: "3", group: "g"))
    }
    #expect(try ResultsFile(path, run: [:]).results.map(\.item) == ["1", "2", "3"])
    #expect(try String(contentsOfFile: path + ".torn", encoding: .utf8) == #"{"contestant":"c","it"#)
  }

  @Test func anotherRunIsNotMixedIn() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    _ = try ResultsFile(path, run: ["data": "one.jsonl"])
    let error = #expect(throws: EvaluationError.self) { try ResultsFile(path, run: ["data": "two.jsonl"]) }
    #expect(error?.code == .differentRun && error?.problem.contains("one.jsonl") == true)
  }

  @Test func aBrokenLineIsNamed() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    _ = try ResultsFile(path, run: [:])
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data("{}\n".utf8))
    let error = #expect(throws: EvaluationError.self) { try ResultsFile(path, run: [:]) }
    #expect(error?.problem.contains("line 2") == true)
  }

  @Test func aFileIsOpenedOnceAtATime() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    var first: ResultsFile? = try ResultsFile(path, run: [:])
    for _ in 0..<2 {
      let error = #expect(throws: EvaluationError.self) { try ResultsFile(path, run: [:]) }
      #expect(
        error?.code == .inUse && error?.problem.contains("process \(getpid()) on ") == true, "\(error?.problem ?? "")")
      #expect(throws: EvaluationError.self) { try ResultsFile.check(path) }
    }
    try first?.append(ItemResult(contestant: "c", item: "1", group: "g"))
    first = nil
    try ResultsFile.check(path)
    #expect(try ResultsFile(path, run: [:]).results.map(\.item) == ["1"])
  }

  private static let flock = "/usr/bin/flock"

  /// Another process has the lock, which the system releases when it dies.
  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: flock), "There is no \(flock) to lock a file with."))
  func anotherProcessIsKeptOutUntilItDies() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder.appending(path: "deep"), withIntermediateDirectories: true)
    let other = Process()
    other.executableURL = URL(fileURLWithPath: Self.flock)
    let script = "echo process 1 elsewhere > '\(path).lock'; echo locked; exec sleep 600"
    other.arguments = ["--no-fork", path + ".lock", "sh", "-c", script]
    let pipe = Pipe()
    other.standardOutput = pipe
    try other.run()
    // A child of a test may have other signals blocked.
    defer { kill(other.processIdentifier, SIGKILL) }
    #expect(String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self) == "locked\n")
    let error = #expect(throws: EvaluationError.self) { try ResultsFile(path, run: [:]) }
    #expect(error?.problem == "\(path) is being written by process 1 elsewhere")
    kill(other.processIdentifier, SIGKILL)
    other.waitUntilExit()
    #expect(try ResultsFile(path, run: [:]).results.isEmpty)
  }

  @Test(arguments: [
    #"{"run":{}}"#, #"{"run":{},"version":1}"#, #"{"run":{},"version":\#(ResultsFile.version + 1)}"#,
  ]) func resultsOfAnotherVersionAreNotMixedIn(header: String) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder.appending(path: "deep"), withIntermediateDirectories: true)
    try Data((header + "\n").utf8).write(to: URL(fileURLWithPath: path))
    let error = #expect(throws: EvaluationError.self) { try ResultsFile(path, run: [:]) }
    #expect(error?.code == .differentRun && error?.problem.contains("another version") == true)
  }

  @Test func failedItemsAreRepeated() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let isMended = Mutex(false)
    let runner = Runner { item, contestant in
      let works = isMended.withLock(\.self) || item.id == "0"
      return ItemResult(
        contestant: contestant.name, item: item.id, group: item.group, score: works ? 1 : 0,
        output: works ? "a" : nil, error: works ? nil : "no room")
    }
    let contestants = [try contestant("one")]
    let file = try ResultsFile(path, run: [:])
    let first = try await runner.run(items(3), by: contestants, into: file)
    #expect(first.map(\.isAnswered) == [true, false, false])
    let failures = RowFailures("one", first)
    #expect(failures.failureCount == 2 && failures.reason == "no room" && failures.error == nil)
    isMended.withLock { $0 = true }
    let second = try await runner.run(items(3), by: contestants, into: file)
    #expect(second.map(\.score) == [1, 1, 1] && file.results.count == 5)
    // The later line counts.
    #expect(try await runner.run(items(3), by: contestants, into: file).allSatisfy(\.isAnswered))
    #expect(file.results.count == 5)
  }

  @Test func aRowWithoutAnswersHasNoScoreAndSaysWhy() throws {
    let good = (0..<3).map { ItemResult(contestant: "good", item: "\($0)", group: "g", score: 1, output: "a") }
    let reasons = ["too long", "no room", "too long"]
    let bad = (0..<3).map { ItemResult(contestant: "bad", item: "\($0)", group: "g", score: 0, error: reasons[$0]) }
    let rows = try Standing.standings(of: good + bad, contestants: ["good", "bad"], baseline: "good")
    #expect(rows[0].score?.value == 1 && rows[0].failures.reason == nil)
    #expect(rows[1].score == nil && rows[1].difference == nil && rows[1].groups.isEmpty)
    #expect(rows[1].failures.reason == "too long" && rows[1].failures.reasonCount == 2)
    let error = try #require(rows[1].failures.error)
    #expect(error.code == .noAnswers && error.problem == "bad answered none of 3 items, 2 of them because: too long")
  }

  @Test func fileProblemsAreDescribed() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder.appending(path: "a.jsonl"), withIntermediateDirectories: true)
    try Data("x".utf8).write(to: folder.appending(path: "file"))
    let header = #"{"run":{},"version":\#(ResultsFile.version)}"# + "\n"
    try Data((header + #"{"contestant": "#).utf8 + Data("\n".utf8)).write(to: folder.appending(path: "b.jsonl"))
    try Data((header + #"{"contestant": 1}"# + "\n").utf8).write(to: folder.appending(path: "c.jsonl"))
    for (name, words) in [
      ("a.jsonl", "is a folder, where a file was expected"), ("b.jsonl", "line 2 is not a result: it is not JSON"),
      ("c.jsonl", "line 2 is not a result: contestant is not text"), ("file/d.jsonl", "File exists"),
    ] {
      let path = folder.appending(path: name).path
      let error = #expect(throws: EvaluationError.self) { try ResultsFile(path, run: [:]) }
      #expect(error?.problem.contains(words) == true, "\(error?.problem ?? "")")
    }
    let error = #expect(throws: EvaluationError.self) { try ResultsFile.check(folder.path + "/file/x/d.jsonl") }
    #expect(error?.problem.contains("Cocoa") == false && error?.problem.contains("could not be completed") == false)
  }
}
