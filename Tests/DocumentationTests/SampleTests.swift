import BackendSupport
import DocumentSupport
import Foundation
import ONNXBackend
import Testing

/// The Swift in documents reaches the compiler unchanged, and is of the kind that it declares.
@Suite struct SampleTests {
  @Test func aDocumentBecomesAFileThatReadsLikeIt() {
    let document = Document(
      path: "Guide.md",
      text: """
        ```swift
        import A
        let a = 1
        if a > 0 {
          let b = 2
        }
        ```
        - in a list:
          ```swift
          let a = 2
          ```
        ```swift
        func f() {}
        ```
        ```swift
        public protocol P {}
        ```
        ```sh
        ls
        ```
        """)
    let file = SampleFile(document, in: URL(filePath: "/r")).text
    #expect(
      file == """
        // Written from Guide.md; its lines are meant.
        import A

        struct Sample_Guide_md {
        #sourceLocation(file: "/r/Guide.md", line: 13)
        func f() {}
        #sourceLocation()
        enum Interface_4 {
        #sourceLocation(file: "/r/Guide.md", line: 16)
        public protocol P {}
        #sourceLocation()
        }
        func run() async throws {
        #sourceLocation(file: "/r/Guide.md", line: 2)

        let a = 1
        if a > 0 {
          let b = 2
        }
        #sourceLocation()
        _ = a
        do {
        #sourceLocation(file: "/r/Guide.md", line: 10)
        let a = 2
        #sourceLocation()
        _ = a
        }
        }
        }

        """)
  }

  @Test func eachCommentOfAModuleStandsAloneAndImportsTheModule() {
    let document = Document(
      path: "Sources/M/F.swift",
      text: """
        /// ```swift
        /// f()
        /// ```
        func f() {}
          /// ```swift
          /// let x = M.g()
          /// ```
        """)
    let file = SampleFile(document, in: URL(filePath: "/r")).text
    #expect(file.contains("import M\n"))
    #expect(file.contains("struct Sample_Sources_M_F_swift {") && file.contains("struct Sample_Sources_M_F_swift_2 {"))
    #expect(file.contains("line: 6)\nlet x = M.g()\n#sourceLocation()\n_ = x"))
  }

  /// A fence with another language would leave its code unread.
  @Test func fencesNameTheirLanguage() throws {
    for document in try Repository.documents() {
      for block in document.passages.joined() {
        #expect(["swift", "sh", ""].contains(block.language), "\(document.path):\(block.line - 1)")
      }
    }
  }

  /// Standard output is buffered until a line is complete.
  @Test func answersThatArePrintedInPartsAreShownInParts() throws {
    let blocks = try Repository.documents().flatMap { document in
      document.passages.joined().filter { $0.lines.contains { $0.contains("terminator: \"\"") } }
    }
    #expect(blocks.count >= 3)
    for block in blocks {
      #expect(block.lines.contains { $0.contains("fflush(nil)") }, "\(block.lines)")
    }
  }

  @Test func theProgramOfTheReadMeIsAnExample() throws {
    let document = try Document("README.md", in: Repository.folder)
    let program = try #require(document.passages.joined().first { $0.language == "swift" })
    let example = try Repository.text(of: "Examples/Sources/first-answer/main.swift")
    #expect(program.lines.joined(separator: "\n") + "\n" == example)
  }

  @Test func aPrintedInterfaceIsTheSourcesOwn() throws {
    let document = try Document(
      "Sources/BackendSupport/BackendSupport.docc/ImplementingABackend.md", in: Repository.folder)
    let printed = document.passages.joined().filter { $0.kind == .interface }.flatMap(\.lines)
    let sources = try ["ModelBackends/Protocols/ModelBackend", "BackendSupport/Sessions/TokenEvaluator"].map {
      try Repository.text(of: "Sources/\($0).swift")
    }
    let protocols = sources.flatMap { $0.split(separator: "\n").drop { !$0.hasPrefix("public protocol") } }
    func requirements(_ lines: some Sequence<some StringProtocol>) -> [String] {
      lines.map { line in
        let code = line.firstRange(of: " //").map { String(line[..<$0.lowerBound]) } ?? String(line)
        return code.trimmingCharacters(in: .whitespaces)
      }.filter { line in ["public protocol", "var ", "func ", "mutating "].contains { line.hasPrefix($0) } }
    }
    var isProtocol = false
    let declared = protocols.filter { line in
      if !line.hasPrefix(" ") { isProtocol = line.hasPrefix("public protocol") }
      return isProtocol
    }
    #expect(!printed.isEmpty && requirements(printed) == requirements(declared))
  }

  @Test func theGuidesBackendIsTheExamples() throws {
    let document = try Document(
      "Sources/BackendSupport/BackendSupport.docc/ImplementingABackend.md", in: Repository.folder)
    let backend = try #require(
      document.passages.joined().first { $0.lines.first?.hasPrefix("struct NGramBackend") == true })
    let example = try Repository.text(of: "Examples/Sources/custom-backend/NGramBackend.swift")
    #expect(example.contains(backend.lines.joined(separator: "\n")))
  }

  @Test func commandsWithoutModelsRun() async throws {
    try await Sample_Sources_InverseSearch_InverseSearch_docc_InverseSearch_md().run()
    try await Sample_Sources_Fusion_Fusion_docc_Fusion_md().run()
    try await Sample_Sources_Ensembling_Answering_Ensemble_swift().run()
    try await Sample_Sources_Ensembling_Rules_Prompt_PromptWeightedRule_swift().run()
    try await Sample_Sources_ModelBackends_Prompts_TextTemplate_swift().run()
    try await Sample_Sources_ModelBackends_Prompts_TextTemplate_swift_2().run()
    try await Sample_Sources_ModelBackendTesting_CountingTokenizer_swift().run()
    try await Sample_Sources_ModelBackendTesting_ScriptedBackend_swift().run()
    try await Sample_Sources_RelativeSpace_AnchorSelection_swift().run()
    try await Sample_Sources_RelativeSpace_AnchorSelection_swift_2().run()
    let session = Sample_Sources_RelativeSpace_RelativeSpace_docc_RelativeSpace_md()
    #expect(try session.relative([0, 1, 2], of: GivenModels.one, beside: GivenModels.other).count == 3)
  }

  #if LlamaCpp
    /// The paths in documents are relative to the repository.
    private static let canRunModels =
      URL(filePath: FileManager.default.currentDirectoryPath).standardizedFileURL.path
      == Repository.folder.standardizedFileURL.path
      && (try? ONNXBackend(folder: "Examples/Models/scholar")) != nil

    @Test(.enabled(if: canRunModels, "ONNX Runtime is missing, or this is another folder: run Tools/test."))
    func commandsWithTheBundledModelsRun() async throws {
      try await Sample_Sources_DeePEn_DeePEn_docc_DeePEn_md().run()
      try await Sample_Sources_BackendSupport_BackendSupport_docc_ImplementingABackend_md().run()
    }
  #endif
}
