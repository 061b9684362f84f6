#if LlamaCpp
  import CLlamaShim
  public import LinearAlgebra
  public import ModelBackends

  /// A table of token vectors in a GGUF file, `[vocabulary × dimension]`: mapped into memory, and converted to single
  /// precision row by row as it is read.
  ///
  /// Every type that ggml can convert is supported: single and half precision, and all quantised types.
  public final class GGUFEmbeddings: EmbeddingTable, @unchecked Sendable {
    private let handle: OpaquePointer

    /// The number of rows.
    public let count: Int
    /// The length of a row.
    public let dimension: Int
    /// The state of the file when it was opened, and the tensor in it.
    public let origin: EmbeddingOrigin?

    /// Opens a tensor of a file, or of its other parts where the model is split over several files.
    ///
    /// - Throws: `BackendError` where the file is missing or damaged, has no such tensor (`noEmbeddings`), or the
    ///   tensor is not a table that can be converted.
    public init(file: String, tensor: String) throws {
      var handle: OpaquePointer?
      try check(file) { deepen_llama_table_open(file, tensor, &handle, $0) }
      guard let handle else { preconditionFailure("A table that opened has a handle.") }
      self.handle = handle
      count = Int(deepen_llama_table_rows(handle))
      dimension = Int(deepen_llama_table_columns(handle))
      let location = deepen_llama_table_where(handle)
      origin = EmbeddingOrigin(
        files: [
          EmbeddingOrigin.File(
            path: String(cString: location.path), inode: location.inode, byteCount: location.size,
            modified: location.modified,
            changed: location.changed)
        ],
        part: "\(String(cString: location.tensor)), \(String(cString: location.type)), [\(count) × \(dimension)] "
          + "from byte \(location.offset)")
    }

    /// Opens a model's input embeddings (`token_embd.weight`) or its output embeddings (`output.weight`; the same table
    /// where a model ties both).
    ///
    /// - Throws: `BackendError`.
    public convenience init(file: String, side: EmbeddingSide) throws {
      if side == .output {
        do {
          try self.init(file: file, tensor: "output.weight")
          return
        } catch let error as BackendError where error.code == .noEmbeddings {
          // Tied: the other table serves as both.
        }
      }
      try self.init(file: file, tensor: "token_embd.weight")
    }

    deinit {
      deepen_llama_table_close(handle)
    }

    /// A block of rows, `[range.count × dimension]`.
    ///
    /// - Precondition: `range` lies in `0..<count`.
    /// - Complexity: O(range.count · dimension).
    public func rows(_ range: Range<Int>) -> Matrix {
      precondition(range.lowerBound >= 0 && range.upperBound <= count, "Rows \(range) are not in 0..<\(count).")
      let elements = [Float](unsafeUninitializedCapacity: range.count * dimension) { buffer, initialized in
        if let output = buffer.baseAddress {
          deepen_llama_table_read(handle, Int64(range.lowerBound), Int64(range.count), output)
        }
        initialized = range.count * dimension
      }
      return Matrix(rows: range.count, columns: dimension, known: elements)
    }
  }
#endif
