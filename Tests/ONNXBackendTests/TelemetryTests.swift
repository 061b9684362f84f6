import CONNXRuntime
import Foundation
import ModelBackends
import Testing

@testable import ONNXBackend

/// ONNX Runtime's own builds for Linux write an identifier and a database of events into the cache folder, unless they
/// are told not to.
@Suite("Telemetry")
struct TelemetryTests {
  private static let variable = "ORT_DISABLE_TELEMETRY"
  private static let childVariable = "DEEPEN_TELEMETRY_CHILD"

  @Test("It is off unless the user's variable says no to that")
  func variable() async {
    await #expect(processExitsWith: .success) {
      for value in ["0", "false", "No", "OFF"] {
        setenv("ORT_DISABLE_TELEMETRY", value, 1)
        deepen_ort_choose_telemetry()
        #expect(getenv("ORT_DISABLE_TELEMETRY").map { String(cString: $0) } == value)
      }
      for value in ["1", "yes", "", "2"] {
        setenv("ORT_DISABLE_TELEMETRY", value, 1)
        deepen_ort_choose_telemetry()
        #expect(getenv("ORT_DISABLE_TELEMETRY").map { String(cString: $0) } == "1")
      }
      unsetenv("ORT_DISABLE_TELEMETRY")
      deepen_ort_choose_telemetry()
      #expect(getenv("ORT_DISABLE_TELEMETRY").map { String(cString: $0) } == "1")
    }
  }

  #if os(Linux)
    @Test(
      "In a fresh home a model makes no file", .enabled(if: Engine.isInstalled, Engine.advice), .timeLimit(.minutes(20))
    )
    func freshHome() throws {
      try Fixtures.withTemporaryFolder { home in
        let child = Process()
        child.executableURL = URL(filePath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        child.arguments = ["--testing-library", "swift-testing", "--filter", "TelemetryTests/child"]
        var environment = ProcessInfo.processInfo.environment
        for name in [Self.variable, "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] { environment[name] = nil }
        environment["HOME"] = home
        environment[Self.childVariable] = home + "/answered"
        child.environment = environment
        child.standardOutput = FileHandle.nullDevice
        child.standardError = FileHandle.nullDevice
        try child.run()
        child.waitUntilExit()
        #expect(child.terminationStatus == 0)
        let created = FileManager.default.enumerator(atPath: home)?.compactMap { $0 as? String }
        #expect(created == ["answered"], "The child says that it has answered, and nothing else is there.")
      }
    }

    /// The code that ``freshHome()`` runs in a process of its own.
    @Test(.enabled(if: ProcessInfo.processInfo.environment[childVariable] != nil, "Another test runs it."))
    func child() async throws {
      let answered = try #require(ProcessInfo.processInfo.environment[Self.childVariable])
      let text = ContextText(tokens: Fixtures.expected.text)
      let prediction = try await Fixtures.backend("cached").makeSession().predict(after: text)
      #expect(prediction.logits.count == Fixtures.expected.vocabulary)
      #expect(getenv(Self.variable).map { String(cString: $0) } == "1")
      try Data().write(to: URL(filePath: answered))
    }
  #endif
}
