import ExampleSupport
import Foundation
import Testing

/// `Tools/watch-tests.py`, which prints one line per suite of a test run, on runs that are written out here.
@Suite struct TestOutputTests {
  private struct Outcome {
    var status: Int32
    var lines: [String]
    var log: String
  }

  private static let script = Bundled.folder.deletingLastPathComponent().appending(path: "Tools/watch-tests.py").path

  /// Watches a command that prints lines, writes events, and ends with `ending`.
  private func watch(printed: String, events: [String], ending: String) throws -> Outcome {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func file(_ name: String, _ text: String = "") throws -> String {
      let url = folder.appending(path: name)
      try text.write(to: url, atomically: true, encoding: .utf8)
      return url.path
    }
    let command = try file(
      "command.sh", "cat '\(file("printed", printed))'; cat '\(file("written", events.joined()))' >\"$2\"\n\(ending)\n")
    let log = folder.appending(path: "log")
    let run = try Program(
      at: URL(filePath: "/usr/bin/env"),
      ["python3", Self.script, log.path, folder.appending(path: "events").path, "bash", command])
    #expect(run.notes == "")
    return Outcome(
      status: run.status, lines: run.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) },
      log: try String(contentsOf: log, encoding: .utf8))
  }

  private func known(_ test: String, isSuite: Bool = false) -> String {
    #"{"kind":"test","payload":{"id":"\#(test)","kind":"\#(isSuite ? "suite" : "function")","name":""},"version":0}"#
      + "\n"
  }

  private func event(_ kind: String, _ test: String, _ messages: String..., more: String = "") -> String {
    let texts = messages.map { #"{"symbol":"default","text":"\#($0)"}"# }.joined(separator: ",")
    return
      #"{"kind":"event","payload":{"kind":"\#(kind)","messages":[\#(texts)],\#(more)"testID":"\#(test)"},"version":0}"#
      + "\n"
  }

  private func passing(_ test: String) -> [String] {
    [known(test), event("testStarted", test), event("testEnded", test, "Test f() passed after 0.1 seconds.")]
  }

  private let build = """
    Building for debugging...
    [1/3] Compiling A one.swift
    [3/3] Linking A
    Build complete! (3.2s)
    ◇ Test run started.
    ✔ Test f() passed after 0.1 seconds.

    """

  @Test func aRunThatPassesIsALineASuiteAndTheReasonsOfWhatIsSkipped() throws {
    let skipped = ["M.A/g()/F.swift:2:2", "M.B/h()/F.swift:3:2"].flatMap { test in
      [known(test), event("testSkipped", test, #"Test skipped: \"no engine\""#)]
    }
    let run = try watch(
      printed: build,
      events: [known("M.A", isSuite: true), known("M.B", isSuite: true)] + passing("M.A/f()/F.swift:1:2") + skipped
        + [
          event("testEnded", "M.A", "Suite A passed after 1.24 seconds."),
          event("testEnded", "M.B", "Suite B passed after 0.05 seconds."),
        ],
      ending: "exit 0")
    #expect(run.status == 0)
    try #require(run.lines.count == 3, "\(run.lines)")
    #expect(run.lines[0].split(separator: " ").joined(separator: " ") == "✔ M.A 1 passed, 1 skipped 1.2 s")
    #expect(run.lines[1].split(separator: " ").joined(separator: " ") == "➜ M.B 1 skipped 0.1 s")
    #expect(run.lines[2] == "➜ 2 skipped: no engine (M.A/g(), M.B/h())")
    #expect(run.log == build)
  }

  @Test func aFailureIsShownInFullAndTheLogIsNamed() throws {
    let test = "M.A/f()/F.swift:1:2"
    let issue = event(
      "issueRecorded", test, "Test f() recorded an issue at F.swift:7:5: Expectation failed: (1) == 2",
      #"first\nsecond"#,
      more: #""issue":{"isKnown":false},"#)
    let expected = event(
      "issueRecorded", "M.A/k()/F.swift:9:2", "Test k() recorded a known issue", more: #""issue":{"isKnown":true},"#)
    let run = try watch(
      printed: build,
      events: [known("M.A", isSuite: true), known(test), event("testStarted", test), issue, expected]
        + [event("testEnded", test, "Test f() failed")] + passing("M.A/k()/F.swift:9:2")
        + [event("testEnded", "M.A", "Suite A failed after 2.0 seconds with 1 issue.")],
      ending: "exit 1")
    #expect(run.status == 1)
    try #require(run.lines.count == 5, "\(run.lines)")
    #expect(run.lines[0] == "✘ M.A: Test f() recorded an issue at F.swift:7:5: Expectation failed: (1) == 2")
    #expect(run.lines[1...2] == ["first", "second"])
    #expect(run.lines[3].split(separator: " ").joined(separator: " ") == "✘ M.A 1 passed, 1 failed 2.0 s")
    #expect(run.lines[4].hasPrefix("The whole log: /") && run.lines[4].hasSuffix("/log"))
  }

  @Test func aCrashShowsItsMessageAndWhatWasRunning() throws {
    let open = "M.A/g()/F.swift:2:2"
    let run = try watch(
      printed: build
        + "an engine's word\nSwift/Array.swift:416: Fatal error: Index out of range\nCurrent stack trace:\n0  f\n",
      events: passing("M.A/f()/F.swift:1:2") + [known(open), event("testStarted", open)], ending: "kill -SEGV $$")
    #expect(run.status == 139)
    #expect(
      run.lines.dropLast() == [
        "✘ No test failed, but the run did:", "Swift/Array.swift:416: Fatal error: Index out of range",
        "Current stack trace:", "0  f", "✘ These tests had begun and did not end: M.A/g()",
      ], "\(run.lines)")
    #expect(run.lines.last?.hasPrefix("The whole log: ") == true)
  }

  @Test func aCrashWithoutAMessageShowsTheLastLines() throws {
    let run = try watch(printed: build + "the last word\n", events: passing("M.A/f()/F.swift:1:2"), ending: "exit 4")
    #expect(run.status == 4 && run.lines.contains("the last word"), "\(run.lines)")
    #expect(!run.lines.contains { $0.hasPrefix("[") || $0.hasPrefix("◇") })
  }

  @Test func aBuildThatFailsShowsTheCompilersMessage() throws {
    let run = try watch(
      printed: "[1/3] Compiling A one.swift\n/F.swift:2:1: error: no such thing\n 2 | x\n[2/3] Compiling B two.swift\n",
      events: [], ending: "exit 1")
    #expect(run.status == 1)
    #expect(
      run.lines.dropLast() == ["✘ No test failed, but the run did:", "/F.swift:2:1: error: no such thing", "2 | x"],
      "\(run.lines)")
  }
}
