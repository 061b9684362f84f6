import Ensemble
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

  @Test func aRunGoesOnWhereItStopped() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let asked = Mutex(0)
    struct Interruption: Error {}
    let runner = Runner { item, contestant in
      let count = asked.withLock { count in
        count += 1
        return count
      }
      if count == 4 { throw Interruption() }
      return ItemResult(contestant: contestant.name, item: item.id, group: item.group, score: 1)
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
    let file = try ResultsFile(path, run: [:])
    #expect(file.results.map(\.item) == ["1", "2"])
    #expect(file.results[0].group == "ü\n")
    try file.append(ItemResult(contestant: "c", item: "3", group: "g"))
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
}
