#if LlamaCpp
  import GGUFBackend
  import ModelBackends
  import Testing

  /// The tokens that end a generation; others with such a spelling are text.
  @Suite("Ends of a vocabulary")
  struct EndTests {
    /// A vocabulary whose text tokens and control tokens are spelt like ends that llama.cpp knows.
    private func tokenizer(
      _ types: [String: Int32], named: [(key: String, value: GGUFWriter.Value)] = []
    ) throws -> GGUFTokenizer {
      let names = TinyVocabulary(moreWords: types.keys.sorted() + ["<end>"])
      var writer = TinyModel(vocabulary: names).transformer()
      for index in writer.metadata.indices where writer.metadata[index].key == "tokenizer.ggml.token_type" {
        guard case .int32s(var kinds) = writer.metadata[index].value else { continue }
        for (spelling, type) in types { kinds[names.id(spelling)] = type }
        kinds[names.id("<end>")] = 3
        writer.metadata[index].value = .int32s(kinds)
      }
      for (key, value) in named {
        writer.metadata.removeAll { $0.key == key }
        writer.metadata.append((key, value))
      }
      let file = try TemporaryFile(writer.bytes())
      return try GGUFTokenizer(file: file.path)
    }

    private func id(_ spelling: String, _ tokenizer: GGUFTokenizer) -> TokenID {
      tokenizer.vocabulary.indices.first { tokenizer.vocabulary.bytes(of: $0).elementsEqual(spelling.utf8) }!
    }

    @Test("Text that is spelt like an end is text, added or not", arguments: [Int32(1), 4])
    func text(type: Int32) throws {
      let tokenizer = try tokenizer(["<|endoftext|>": type, "<EOT>": type])
      let vocabulary = tokenizer.vocabulary
      let kind: Token.Kind = type == 4 ? .userDefined : .normal
      for spelling in ["<|endoftext|>", "<EOT>"] {
        #expect(vocabulary.kind(of: id(spelling, tokenizer)) == kind)
        #expect(!vocabulary.isEndOfGeneration(id(spelling, tokenizer)))
        #expect(vocabulary.id(forBytes: Array(spelling.utf8)) == id(spelling, tokenizer))
      }
      #expect(vocabulary.endOfGeneration == ["</s>", "<|im_end|>", "<s>"].map { id($0, tokenizer) })
    }

    @Test("An added token that is spelt like an end is found in a text as every added token is")
    func addedText() throws {
      let tokenizer = try tokenizer(["<|endoftext|>": 4, "<EOT>": 4, "<EOT><EOT>": 4])
      let (end, turn) = (id("<|endoftext|>", tokenizer), id("<EOT>", tokenizer))
      let options = EncodingOptions(isStart: false)
      func read(_ text: String) throws -> [TokenID] { try tokenizer.encode(Array(text.utf8), options: options) }
      #expect(try read("<|endoftext|>") == [end])
      #expect(try read("the<|endoftext|><EOT> cat") == read("the") + [end, turn] + read(" cat"))
      #expect(try read("<EOT><EOT>a") == [id("<EOT><EOT>", tokenizer)] + read("a"))
      #expect(try tokenizer.encode("cat<EOT>") == tokenizer.encode("cat") + [turn])
      #expect(try tokenizer.encode("<EOT>cat") == [id("<s>", tokenizer), turn] + read("cat"))
    }

    @Test("A control token spelt like an end is one; those of fill-in-the-middle texts are not")
    func controls() throws {
      let tokenizer = try tokenizer(["<|endoftext|>": 3, "<reponame>": 3, "<|fim_pad|>": 3, "<|file_sep|>": 3])
      let vocabulary = tokenizer.vocabulary
      #expect(vocabulary.isEndOfGeneration(id("<|endoftext|>", tokenizer)))
      for spelling in ["<reponame>", "<|fim_pad|>", "<|file_sep|>", "<end>"] {
        #expect(vocabulary.kind(of: id(spelling, tokenizer)) == .control)
        #expect(!vocabulary.isEndOfGeneration(id(spelling, tokenizer)), "\(spelling)")
      }
    }

    @Test("A token that the file names as an end is one, whatever its spelling")
    func named() throws {
      let names = TinyVocabulary(moreWords: ["<EOT>", "<end>"])
      let tokenizer = try tokenizer(
        ["<EOT>": 4],
        named: [
          ("tokenizer.ggml.eot_token_id", .uint32(UInt32(names.id("<EOT>")))),
          ("tokenizer.ggml.eos_token_id", .uint32(UInt32(names.id("<end>")))),
        ])
      let vocabulary = tokenizer.vocabulary
      #expect(vocabulary.endOfGeneration.first == names.id("<end>"))
      #expect(vocabulary.isEndOfGeneration(names.id("<EOT>")))
      #expect(vocabulary.kind(of: names.id("<EOT>")) == .control)
    }

    @Test("A beginning-of-text token that is not prepended is an end, unless it is text")
    func beginnings() throws {
      let names = TinyVocabulary(moreWords: ["<end>"])
      let none = ("tokenizer.ggml.add_bos_token", GGUFWriter.Value.bool(false))
      let silent = try tokenizer([:], named: [none])
      #expect(silent.vocabulary.beginningOfText == nil && silent.vocabulary.isEndOfGeneration(names.id("<s>")))
      let word = try tokenizer(
        [:], named: [none, ("tokenizer.ggml.bos_token_id", .uint32(UInt32(names.id("cat"))))])
      #expect(!word.vocabulary.isEndOfGeneration(names.id("cat")))
    }
  }
#endif
