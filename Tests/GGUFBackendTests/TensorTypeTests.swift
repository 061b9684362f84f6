#if LlamaCpp
  import Foundation
  import GGUFBackend
  import ModelBackends
  import Testing

  @Suite("Tensors of unusual types", .serialized)
  struct TensorTypeTests {
    /// The types with blocks that fit the tiny models' rows: ggml's number, elements and bytes of a block.
    static let types: [(number: UInt32, elements: Int, bytes: Int)] = [
      (1, 1, 2), (2, 32, 18), (3, 32, 20), (6, 32, 22), (7, 32, 24), (8, 32, 34), (9, 32, 36), (20, 32, 18), (24, 1, 1),
      (25, 1, 2), (26, 1, 4), (27, 1, 8), (28, 1, 8), (30, 1, 2), (39, 32, 17),
    ]

    @Test("A tensor of any type is computed with or refused before anything is computed", arguments: types.indices)
    func anyType(index: Int) async throws {
      let type = Self.types[index]
      for model in [TinyModel().transformer(), TinyModel().recurrent()] {
        // The second layer has no type that the first has not.
        for tensor in model.tensors.indices where !model.tensors[tensor].name.hasPrefix("blk.1.") {
          var writer = model
          let count = writer.tensors[tensor].shape.reduce(1, *)
          writer.tensors[tensor].type = type.number
          writer.tensors[tensor].bytes = Array(repeating: 0x11, count: count / type.elements * type.bytes)
          let file = try TemporaryFile(writer.bytes())
          do {
            let session = try await GGUFBackend(file: file.path, options: .init(threads: 1)).makeSession()
            _ = try await session.predict(after: ContextText("the cat"))
          } catch let error as BackendError {
            #expect([.invalidFile, .unsupported].contains(error.code), "\(writer.tensors[tensor].name): \(error)")
          }
        }
      }
    }
  }
#endif
