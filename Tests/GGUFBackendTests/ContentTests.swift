#if LlamaCpp
  import ModelBackends
  import Testing

  @testable import GGUFBackend

  @Suite("Content") struct ContentTests {
    @Test("The content is the file and the options, and not the number of threads") func options() throws {
      let file = try TemporaryFile(TinyModel().transformer().bytes())
      func content(_ options: GGUFBackend.Options) throws -> ModelContent {
        try #require(try GGUFBackend(file: file.path, options: options).content)
      }
      let plain = try content(.init(threads: 1))
      #expect(plain.files == [file.path])
      #expect(try content(.init(threads: 2)) == plain)
      #expect(try content(.init(batchSize: 16)) != plain)
    }

    @Test("A split model is all of its parts") func parts() {
      #expect(GGUFBackend.parts(of: "a/model.gguf") == ["a/model.gguf"])
      #expect(
        GGUFBackend.parts(of: "/m/x-00002-of-00003.gguf")
          == ["/m/x-00001-of-00003.gguf", "/m/x-00002-of-00003.gguf", "/m/x-00003-of-00003.gguf"])
      #expect(GGUFBackend.parts(of: "x-00001-of-00001.gguf") == ["x-00001-of-00001.gguf"])
    }
  }
#endif
