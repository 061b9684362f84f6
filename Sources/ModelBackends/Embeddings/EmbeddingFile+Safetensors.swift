import Foundation

/// The header of a safetensors file: its length in eight bytes, then JSON with each tensor's type, shape and offsets.
enum SafetensorsHeader {
  /// The header's entry for a tensor. Entries of another form, such as `__metadata__`, are not tensors.
  private struct Tensor: Decodable {
    var dtype: String
    var shape: [Int]
    var dataOffsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case dataOffsets = "data_offsets"
    }
  }

  private struct Entry: Decodable {
    var tensor: Tensor?

    init(from decoder: any Decoder) throws {
      tensor = try? Tensor(from: decoder)
    }
  }

  /// The format's own limit on the length of a header.
  private static let largestHeader = 100_000_000

  /// The position of a tensor in a file.
  static func layout(of data: Data, tensor name: String?, name file: String) throws -> EmbeddingFile.Layout {
    let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard data.count > 8, data[data.startIndex + 8] == UInt8(ascii: "{"), length <= largestHeader else {
      throw BackendError(
        .invalidFile, in: file, "is neither a NumPy nor a safetensors file",
        remedy: "Save the embeddings with numpy.save or safetensors' save_file."
      )
    }
    guard Int(length) <= data.count - 8 else {
      throw BackendError(
        .invalidFile, in: file, "is truncated: its header of \(length) bytes does not fit into \(data.count)",
        remedy: "Copy or download the file again."
      )
    }
    let tensors: [String: Tensor]
    do {
      tensors = try JSONDecoder().decode([String: Entry].self, from: Data(data.dropFirst(8).prefix(Int(length))))
        .compactMapValues(\.tensor)
    } catch {
      throw BackendError(
        .invalidFile, in: file, "has a header that is not JSON", remedy: "Copy or download the file again.")
    }
    let (name, tensor) = try choose(name, from: tensors, file: file)
    return try layout(of: tensor, name: name, dataStart: 8 + Int(length), dataSize: data.count, file: file)
  }

  private static func choose(_ name: String?, from tensors: [String: Tensor], file: String) throws -> (String, Tensor) {
    let names = tensors.keys.sorted()
    if let name {
      guard let tensor = tensors[name] else {
        throw BackendError(
          .noEmbeddings, in: file, "has no tensor \(name.debugDescription)", remedy: "It has \(list(names)).")
      }
      return (name, tensor)
    }
    let tables = names.filter { tensors[$0]?.shape.count == 2 }
    guard tables.count == 1, let tensor = tensors[tables[0]] else {
      throw BackendError(
        .noEmbeddings, in: file, "has \(tables.count) tensors of two dimensions",
        remedy: "Name the one with the embeddings; the file has \(list(tables.isEmpty ? names : tables))."
      )
    }
    return (tables[0], tensor)
  }

  private static func list(_ names: [String]) -> String {
    guard !names.isEmpty else { return "no tensors" }
    let more = names.count > 8 ? ", … (\(names.count) in all)" : ""
    return names.prefix(8).joined(separator: ", ") + more
  }

  private static func layout(
    of tensor: Tensor, name: String, dataStart: Int, dataSize: Int, file: String
  ) throws -> EmbeddingFile.Layout {
    let formats: [String: EmbeddingFile.Format] = ["F32": .float32, "F16": .float16, "BF16": .bfloat16]
    guard let format = formats[tensor.dtype] else {
      throw BackendError(
        .unsupported, in: "\(file), tensor \(name)", "holds numbers of the type \(tensor.dtype)",
        remedy: "Save it as F32, F16 or BF16."
      )
    }
    guard tensor.shape.count == 2 else {
      throw BackendError(
        .unsupported, in: "\(file), tensor \(name)", "has \(tensor.shape.count) dimensions",
        remedy: "Choose a tensor of two: one row for each token."
      )
    }
    let (count, dimension) = (tensor.shape[0], tensor.shape[1])
    let (elements, overflows) = count.multipliedReportingOverflow(by: dimension)
    let (bytes, overflowsAgain) = elements.multipliedReportingOverflow(by: format.byteCount)
    guard tensor.dataOffsets.count == 2, count >= 0, dimension >= 0, !overflows, !overflowsAgain else {
      throw damaged(file, name, "has an impossible shape or byte range")
    }
    let (start, end) = (tensor.dataOffsets[0], tensor.dataOffsets[1])
    guard start >= 0, start <= dataSize, end >= start, end - start == bytes else {
      throw damaged(file, name, "lies at bytes \(start) to \(end), but needs \(bytes)")
    }
    return EmbeddingFile.Layout(format: format, count: count, dimension: dimension, offset: dataStart + start)
  }

  private static func damaged(_ file: String, _ tensor: String, _ problem: String) -> BackendError {
    BackendError(.invalidFile, in: "\(file), tensor \(tensor)", problem, remedy: "Copy or download the file again.")
  }
}
