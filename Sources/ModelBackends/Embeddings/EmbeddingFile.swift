internal import Foundation
public import LinearAlgebra

/// A table of token vectors in a file of its own, for backends that have no embeddings.
///
/// The file is mapped, not loaded: rows are read and converted on demand. It must not be truncated while it is in use.
///
/// | format | holds |
/// | --- | --- |
/// | NumPy `.npy` | one array of two dimensions, `<f4` or `<f2`, in C order |
/// | `.safetensors` | named tensors; one of two dimensions, `F32`, `F16` or `BF16` |
public struct EmbeddingFile: EmbeddingTable {
  /// The encoding of a number.
  enum Format: Sendable {
    case float32, float16, bfloat16

    var byteCount: Int { self == .float32 ? 4 : 2 }
  }

  /// The position and encoding of a table in its file.
  struct Layout: Sendable {
    var format: Format
    var count: Int
    var dimension: Int
    var offset: Int
  }

  /// The file's path.
  package let file: String
  /// The file's state when it was opened, and the table's position in it; `nil` where the file was being modified then.
  public let origin: EmbeddingOrigin?
  private let data: Data
  private let layout: Layout

  /// Opens a file.
  ///
  /// The format is recognised by the file's first bytes, not by its name.
  ///
  /// - Parameters:
  ///   - file: The path of a `.npy` or `.safetensors` file.
  ///   - tensor: The name of a tensor in a `.safetensors` file; may be left out where only one tensor has two
  ///     dimensions.
  /// - Throws: ``BackendError`` where the file is missing, truncated or of another format, or the tensor is missing or
  ///   not a table of floating-point numbers.
  public init(file: String, tensor: String? = nil) throws {
    let name = URL(filePath: file).lastPathComponent
    let remedy = "Give the path of a .npy or .safetensors file."
    if let problem = InputFile(file).problem {
      throw BackendError(problem.isMissing ? .missingFile : .invalidFile, in: file, problem.text, remedy: remedy)
    }
    let before = EmbeddingOrigin.File(path: file)
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: file), options: .alwaysMapped)
    } catch {
      throw BackendError(
        .invalidFile, in: file, "cannot be read (\(error.localizedDescription))", remedy: remedy)
    }
    self.file = file
    self.data = data
    let layout =
      if NumPyHeader.matches(data) {
        try NumPyHeader.layout(of: data, name: name)
      } else {
        try SafetensorsHeader.layout(of: data, tensor: tensor, name: name)
      }
    self.layout = try Self.checked(layout, size: data.count, name: name)
    // A mapping has no descriptor to query: if the file is the same before and after, it is the one that was mapped.
    let isSame = before == EmbeddingOrigin.File(path: file) && before?.byteCount == Int64(data.count)
    let part = "\(layout.format), [\(layout.count) × \(layout.dimension)] from byte \(layout.offset)"
    origin = before.flatMap { isSame ? EmbeddingOrigin(files: [$0], part: part) : nil }
  }

  /// The number of rows.
  public var count: Int { layout.count }

  /// The length of a row, d.
  public var dimension: Int { layout.dimension }

  /// A block of rows, converted to single precision.
  ///
  /// - Complexity: O(range.count · d); pages of the file that are not in memory are read.
  public func rows(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "Rows \(range) are not in 0..<\(count).")
    let size = layout.format.byteCount
    let start = layout.offset + range.lowerBound * dimension * size
    let elements = range.count * dimension
    return Matrix(
      rows: range.count, columns: dimension,
      known: data.withUnsafeBytes { bytes in
        [Float](unsafeUninitializedCapacity: elements) { floats, initialized in
          Self.convert(
            UnsafeRawBufferPointer(rebasing: bytes[start..<start + elements * size]), layout.format, into: floats)
          initialized = elements
        }
      })
  }

  private static func convert(
    _ bytes: UnsafeRawBufferPointer, _ format: Format, into floats: UnsafeMutableBufferPointer<Float>
  ) {
    let count = bytes.count / format.byteCount
    for index in 0..<count {
      let value: Float =
        switch format {
        case .float32:
          Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)))
        case .float16:
          Float(halfBits: UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)))
        case .bfloat16:
          Float(
            bitPattern: UInt32(
              UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))) << 16)
        }
      floats.initializeElement(at: index, to: value)
    }
  }

  /// The layout, if it lies within the file.
  private static func checked(_ layout: Layout, size: Int, name: String) throws -> Layout {
    guard layout.count > 0, layout.dimension > 0 else {
      throw BackendError(
        .invalidFile, in: name, "holds a table of \(layout.count) × \(layout.dimension) numbers",
        remedy: "Save one row for each token."
      )
    }
    let (elements, overflows) = layout.count.multipliedReportingOverflow(by: layout.dimension)
    let (bytes, overflowsAgain) = elements.multipliedReportingOverflow(by: layout.format.byteCount)
    let (end, overflowsAtLast) = layout.offset.addingReportingOverflow(bytes)
    guard !overflows, !overflowsAgain, !overflowsAtLast, end <= size else {
      throw BackendError(
        .invalidFile, in: name,
        "is truncated: a table of \(layout.count) × \(layout.dimension) numbers does not fit into \(size) bytes",
        remedy: "Copy or save the file again."
      )
    }
    return layout
  }
}
