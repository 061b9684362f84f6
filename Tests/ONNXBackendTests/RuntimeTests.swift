import Foundation
import ModelBackends
import Testing

@testable import ONNXBackend

@Suite("ONNX Runtime's library")
struct RuntimeTests {
  @Test("A library that cannot be loaded is an error that lists what was tried and what to install")
  func missing() throws {
    try Fixtures.withTemporaryFolder { folder in
      let path = folder + "/libonnxruntime.so"
      for content in [nil, "no library"] {
        if let content { try Data(content.utf8).write(to: URL(fileURLWithPath: path)) }
        let error = #expect(throws: BackendError.self) { try Runtime.load(LibrarySearch(explicitPath: path)) }
        #expect(error?.code == .missingEngine)
        #expect(error?.description.contains(path) == true)
        #expect(error?.remedy.contains("pip install onnxruntime") == true)
      }
    }
  }

  #if os(Linux)
    @Test("Another library is told apart")
    func wrong() throws {
      let error = #expect(throws: BackendError.self) {
        try Runtime.load(LibrarySearch(explicitPath: "libdl.so.2"))
      }
      #expect(error?.code == .missingEngine)
      #expect(error?.description.contains("OrtGetApiBase") == true)
    }
  #endif

  @Test("A path from the caller is the only candidate; the variable comes next")
  func order() throws {
    let variables = ["ONNXRUNTIME_LIB": "/variable"]
    #expect(LibrarySearch(explicitPath: "/path", environment: variables).candidates == ["/path"])
    #expect(LibrarySearch(environment: variables).candidates == ["/variable"])
  }

  @Test("Virtual environments are searched, newest version first")
  func virtualEnvironment() throws {
    try Fixtures.withTemporaryFolder { folder in
      let packages = folder + "/lib/python3.11/site-packages/onnxruntime/capi"
      try FileManager.default.createDirectory(atPath: packages, withIntermediateDirectories: true)
      for version in ["1.9.0", "1.32.0", "1.20.1"] {
        try Data().write(to: URL(fileURLWithPath: "\(packages)/libonnxruntime.so.\(version)"))
      }
      let candidates = LibrarySearch(environment: ["VIRTUAL_ENV": folder, "ONNXRUNTIME_LIB": ""]).candidates
      let found = candidates.filter { $0.hasPrefix(packages) }.map { $0.dropFirst(packages.count + 1) }
      #expect(found == ["libonnxruntime.so.1.32.0", "libonnxruntime.so.1.20.1", "libonnxruntime.so.1.9.0"])
    }
  }

  @Test("The loaded library describes itself", .enabled(if: Engine.isInstalled, Engine.advice))
  func loaded() throws {
    let runtime = try Runtime.load()
    #expect(runtime.version.hasPrefix("1."))
    #expect(try runtime.availableProviders().contains("CPUExecutionProvider"))
    #expect(try Runtime.load() === runtime)
  }
}
