#if LlamaCpp
  import Foundation
  import GGUFBackend
  import LinearAlgebra
  import ModelBackends
  import Testing

  @Suite("Embeddings")
  struct EmbeddingTests {
    /// A type of a table in a file: ggml's number for it, and random bytes with the values that they stand for.
    enum Format: CaseIterable {
      case single, half, brain, blocksOf8Bits, blocksOf4Bits

      var type: UInt32 {
        switch self {
        case .single: 0
        case .half: 1
        case .blocksOf4Bits: 2
        case .blocksOf8Bits: 8
        case .brain: 30
        }
      }

      func random(_ count: Int, using random: inout SeededRandom) -> (bytes: [UInt8], values: [Float]) {
        var bytes: [UInt8] = []
        var values: [Float] = []
        while values.count < count {
          switch self {
          case .single:
            values.append(.random(in: -2...2, using: &random))
            bytes += littleEndian(values[values.count - 1].bitPattern)
          case .half:
            let number = half(using: &random)
            bytes += littleEndian(number.bits)
            values.append(number.value)
          case .brain:
            let bits = UInt16(Float.random(in: -2...2, using: &random).bitPattern >> 16)
            bytes += littleEndian(bits)
            values.append(Float(bitPattern: UInt32(bits) << 16))
          case .blocksOf8Bits:
            let scale = half(using: &random)
            let block = (0..<32).map { _ in Int8.random(in: -127...127, using: &random) }
            bytes += littleEndian(scale.bits) + block.map(UInt8.init(bitPattern:))
            values += block.map { Float($0) * scale.value }
          case .blocksOf4Bits:
            // The low halves of 16 bytes are the first 16 numbers, the high halves the last.
            let scale = half(using: &random)
            let block = (0..<32).map { _ in UInt8.random(in: 0...15, using: &random) }
            bytes += littleEndian(scale.bits) + (0..<16).map { block[$0] | block[$0 + 16] << 4 }
            values += block.map { (Float($0) - 8) * scale.value }
          }
        }
        return (bytes, values)
      }

      /// A half-precision number: sign, 5 bits of exponent around 15, 10 bits of fraction.
      private func half(using random: inout SeededRandom) -> (bits: UInt16, value: Float) {
        let (sign, exponent) = (UInt16.random(in: 0...1, using: &random), UInt16.random(in: 8...16, using: &random))
        let fraction = UInt16.random(in: 0...1023, using: &random)
        let magnitude = (1 + Float(fraction) / 1024) * Float(sign: .plus, exponent: Int(exponent) - 15, significand: 1)
        return (sign << 15 | exponent << 10 | fraction, sign == 1 ? -magnitude : magnitude)
      }
    }

    @Test("Rows are the numbers in the file, whatever their type", arguments: Format.allCases)
    func formats(format: Format) throws {
      var random = SeededRandom(seed: 3)
      let model = TinyModel()
      let (d, v) = (model.dimension, model.vocabulary.count)
      let (bytes, values) = format.random(d * v, using: &random)
      var writer = model.transformer()
      writer.tensors[0] = .init("token_embd.weight", shape: [d, v], type: format.type, bytes: bytes)
      let file = try TemporaryFile(writer.bytes())
      let table = try GGUFBackend(file: file.path).embeddings(.input)
      #expect(table.count == v && table.dimension == d)
      #expect(try table.rows(0..<v).elements == values)
      for range in [0..<1, 5..<17, v - 1..<v, 9..<9] {
        let rows = try table.rows(range)
        #expect(rows.rows == range.count && rows.columns == d)
        #expect(rows.elements == Array(values[range.lowerBound * d..<range.upperBound * d]))
      }
    }

    @Test("The output table is a table of its own, or the input's where a model ties them")
    func sides() throws {
      let untied = try TemporaryFile(TinyModel().transformer().bytes())
      let model = try GGUFBackend(file: untied.path)
      let (input, output) = (try model.embeddings(.input), try model.embeddings(.output))
      #expect(try input.rows(0..<4) != output.rows(0..<4))
      let tied = try TemporaryFile(TinyModel(isTied: true).transformer().bytes())
      let other = try GGUFBackend(file: tied.path)
      #expect(try other.embeddings(.input).rows(0..<4) == other.embeddings(.output).rows(0..<4))
    }

    @Test("A table's origin contains its location, and differs with it")
    func origins() throws {
      let file = try TemporaryFile(TinyModel().transformer().bytes())
      let model = try GGUFBackend(file: file.path)
      let origin = try #require(try model.embeddings(.input).origin)
      #expect(origin.files == [try #require(EmbeddingOrigin.File(path: file.path))])
      #expect(origin.part.contains("token_embd.weight"))
      #expect(try model.embeddings(.input).origin == origin)
      #expect(try model.embeddings(.output).origin?.files == origin.files)
      #expect(try model.embeddings(.output).origin != origin)
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 9)], ofItemAtPath: file.path)
      #expect(try model.embeddings(.input).origin?.files.first?.modified == 9_000_000_000)
    }

    @Test("A file without the table, with half of it, or with an unusable tensor is an error")
    func errors() async throws {
      var writer = TinyModel().transformer()
      let whole = try TemporaryFile(writer.bytes())
      await expectError(.noEmbeddings) { _ = try GGUFEmbeddings(file: whole.path, tensor: "tok_embeddings") }
      await expectError(.invalidFile) {
        let file = try TemporaryFile(Array(writer.bytes().dropLast(200_000)))
        _ = try GGUFEmbeddings(file: file.path, tensor: "blk.1.ffn_down.weight")
      }
      writer.tensors = [.init("token_embd.weight", shape: [4, 4, 4], Array(repeating: 0, count: 64))]
      let cube = try TemporaryFile(writer.bytes())
      await expectError(.unsupported) { _ = try GGUFEmbeddings(file: cube.path, side: .input) }
      writer.tensors = []
      let none = try TemporaryFile(writer.bytes())
      await expectError(.noEmbeddings) { _ = try GGUFEmbeddings(file: none.path, side: .output) }
    }

    @Test("A table in another part of a split model is found")
    func splitModel() throws {
      var first = TinyModel().transformer()
      var second = GGUFWriter()
      second.tensors = first.tensors.filter { $0.name == "output.weight" }
      first.tensors.removeAll { $0.name == "output.weight" }
      let expected = second.tensors[0].bytes
      for (number, writer) in [first, second].enumerated() {
        var writer = writer
        writer.metadata += [("split.no", .uint16(UInt16(number))), ("split.count", .uint16(2))]
        if number == 0 { first = writer } else { second = writer }
      }
      let file = try TemporaryFile(first.bytes(), named: "model-00001-of-00002.gguf")
      let missing = #expect(throws: BackendError.self) { try GGUFEmbeddings(file: file.path, side: .output) }
      #expect(missing?.code == .missingFile)
      try Data(second.bytes()).write(
        to: URL(fileURLWithPath: file.path.replacingOccurrences(of: "00001-of", with: "00002-of")))
      let table = try GGUFEmbeddings(file: file.path, side: .output)
      #expect(table.rows(0..<table.count).elements.flatMap { littleEndian($0.bitPattern) } == expected)
      #expect(table.origin?.files.first?.path.hasSuffix("00002-of-00002.gguf") == true)
    }
  }
#endif
