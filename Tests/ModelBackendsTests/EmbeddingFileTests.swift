import Foundation
import FuzzSupport
import LinearAlgebra
import ModelBackends
import Testing

/// Writes files of both formats, byte by byte.
struct EmbeddingFileTests {
  static let numbers: [Float] = [0, -1.5, 0.25, 65504, 6.103515625e-05, 5.960464477539063e-08, -2, 1, .infinity]

  @Test(arguments: [UInt8(1), 2, 3])
  func numPySingle(_ version: UInt8) throws {
    let file = try write(numPy(type: "<f4", shape: "(3, 3)", version: version) + singles(Self.numbers))
    let table = try EmbeddingFile(file: file.path)
    #expect((table.count, table.dimension) == (3, 3))
    #expect(table.rows(0..<3).elements == Self.numbers)
    #expect(table.rows(1..<2).elements == [65504, 6.103515625e-05, 5.960464477539063e-08])
    #expect(table.rows(2..<2).rows == 0)
    #expect(table.file == file.path)
  }

  @Test func numPyHalf() throws {
    let halves: [UInt16] = [0x0000, 0xbe00, 0x3400, 0x7bff, 0x0400, 0x0001, 0xc000, 0x3c00, 0x7c00]
    let file = try write(numPy(type: "<f2", shape: "(9,1,)") + words(halves))
    #expect(try EmbeddingFile(file: file.path).rows(0..<9).elements == Self.numbers)
    let special = try write(numPy(type: "<f2", shape: "(1, 3)") + words([0x7e01, 0x8000, 0x8001]))
    let row = try EmbeddingFile(file: special.path).rows(0..<1).elements
    #expect(row[0].isNaN)
    #expect(row[1].sign == .minus && row[1] == 0)
    #expect(row[2] == -5.960464477539063e-08)
  }

  @Test func numPyAsPythonWritesIt() throws {
    // numpy.save pads the header with spaces.
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }" + String(repeating: " ", count: 58)
    let file = try write(numPy(header: header) + singles([1, 2]))
    #expect(try EmbeddingFile(file: file.path).rows(0..<2).elements == [1, 2])
  }

  @Test func safetensorsOfEachType() throws {
    let header = """
      {"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},\
      "b":{"dtype":"BF16","shape":[2,1],"data_offsets":[16,20]},"c":{"dtype":"F16","shape":[1,2],"data_offsets":[20,24]},\
      "norm":{"dtype":"F32","shape":[1],"data_offsets":[24,28]},"ids":{"dtype":"I32","shape":[1,1],"data_offsets":[24,28]}}
      """
    let body = singles([1, 2, 3, 4]) + words([0x3fc0, 0xc000]) + words([0x3c00, 0xbe00]) + singles([9])
    let file = try write(safetensors(header) + body)
    #expect(try EmbeddingFile(file: file.path, tensor: "a").rows(1..<2).elements == [3, 4])
    #expect(try EmbeddingFile(file: file.path, tensor: "b").rows(0..<2).elements == [1.5, -2])
    #expect(try EmbeddingFile(file: file.path, tensor: "c").rows(0..<1).elements == [1, -1.5])
    #expect(error(file, tensor: "norm")?.code == .unsupported)
    #expect(error(file, tensor: "ids")?.code == .unsupported)
    let missing = error(file, tensor: "embed")
    #expect(missing?.code == .noEmbeddings)
    #expect(missing?.remedy == "It has a, b, c, ids, norm.")
    #expect(error(file)?.remedy.contains("a, b, c, ids") == true)
  }

  @Test func theOnlyTableNeedsNoName() throws {
    let header =
      #"{"e":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"n":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
    let file = try write(safetensors(header) + singles([7, 8]))
    #expect(try EmbeddingFile(file: file.path).rows(0..<1).elements == [7, 8])
  }

  @Test func theOriginChangesWithTheFileAndTheTensor() throws {
    let header =
      #"{"e":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"f":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}}"#
    let file = try write(safetensors(header) + singles([1, 2, 3, 4]))
    let origin = try #require(try EmbeddingFile(file: file.path, tensor: "e").origin)
    #expect(origin.files.map(\.path) == [file.path])
    #expect(origin.files[0].byteCount == Int64(8 + header.utf8.count + 16))
    #expect(origin == EmbeddingOrigin(files: [try #require(.init(path: file.path))], part: origin.part))
    #expect(try EmbeddingFile(file: file.path, tensor: "e").origin == origin)
    let other = try #require(try EmbeddingFile(file: file.path, tensor: "f").origin)
    #expect(other.files == origin.files && other.part != origin.part)
    try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 9)], ofItemAtPath: file.path)
    let touched = try #require(try EmbeddingFile(file: file.path, tensor: "e").origin)
    #expect(touched.files[0].modified == 9_000_000_000 && touched.files[0].changed > 9_000_000_000)
    #expect(touched != origin)
    try Data(contentsOf: file).write(to: file, options: .atomic)
    #expect(try EmbeddingFile(file: file.path, tensor: "e").origin?.files[0].inode != origin.files[0].inode)
    #expect(EmbeddingOrigin.File(path: file.path + "-") == nil)
    #expect(Matrix(rows: 1, columns: 1).origin == nil)
  }

  @Test func filesThatAreNotThere() throws {
    let missing = FileManager.default.temporaryDirectory.appending(path: "no-such-file-\(UUID()).npy")
    #expect(error(missing)?.code == .missingFile)
    #expect(error(FileManager.default.temporaryDirectory)?.code == .invalidFile)
    #expect(error(try write([]))?.code == .invalidFile)
    #expect(error(try write(Array("hello, world".utf8)))?.code == .invalidFile)
  }

  @Test(arguments: [
    (#"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1)}"#, BackendError.Code.unsupported),
    (#"{'descr': '>f4', 'fortran_order': False, 'shape': (1, 1)}"#, .unsupported),
    (#"{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1)}"#, .unsupported),
    (#"{'descr': '<f4', 'fortran_order': False, 'shape': (4,)}"#, .unsupported),
    (#"{'descr': '<f4', 'fortran_order': False, 'shape': ()}"#, .unsupported),
    (#"{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4)}"#, .invalidFile),
    (#"{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 4)}"#, .invalidFile),
    (#"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1)}"#, .invalidFile),
    (#"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}"#, .invalidFile),
    (#"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 4)}"#, .invalidFile),
    (#"{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1, 1)}"#, .invalidFile),
    (#"{'descr': '<f4', 'shape': (1, 1)}"#, .invalidFile),
    (#"{'descr' '<f4', 'fortran_order': False, 'shape': (1, 1)}"#, .invalidFile),
    ("", .invalidFile),
  ])
  func numPyFilesThatAreNoTables(_ header: String, _ code: BackendError.Code) throws {
    #expect(error(try write(numPy(header: header) + singles([1])))?.code == code)
  }

  @Test(arguments: [
    (#"{"e":{"dtype":"F32","shape":[1,2],"data_offsets":[0,12]}}"#, BackendError.Code.invalidFile),
    (#"{"e":{"dtype":"F32","shape":[1,2],"data_offsets":[4,12]}}"#, .invalidFile),
    (#"{"e":{"dtype":"F32","shape":[1,2],"data_offsets":[-8,0]}}"#, .invalidFile),
    (#"{"e":{"dtype":"F32","shape":[1,2],"data_offsets":[9223372036854775799,9223372036854775807]}}"#, .invalidFile),
    (#"{"e":{"dtype":"F32","shape":[1,2],"data_offsets":[0]}}"#, .invalidFile),
    (#"{"e":{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}}"#, .invalidFile),
    (#"{"e":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,8]}}"#, .invalidFile),
    (#"{"e":{"dtype":"F32","shape":[0,2],"data_offsets":[0,0]}}"#, .invalidFile),
    (#"{"e":{"dtype":"F32","shape":[1.5,2],"data_offsets":[0,8]}}"#, .noEmbeddings),
    (#"{"e":["F32"]}"#, .noEmbeddings),
    ("{}", .noEmbeddings),
    (#"{"e":"#, .invalidFile),
    ("{" + String(repeating: #""a":{"#, count: 5000), .invalidFile),
  ])
  func safetensorsThatAreNoTables(_ header: String, _ code: BackendError.Code) throws {
    #expect(error(try write(safetensors(header) + singles([1, 2])))?.code == code)
  }

  @Test func aSafetensorsHeaderLongerThanItsFile() throws {
    var bytes = safetensors("{}")
    bytes[1] = 1
    #expect(error(try write(bytes))?.description.contains("truncated") == true)
    bytes[7] = 0xff
    #expect(error(try write(bytes))?.code == .invalidFile)
  }

  /// Damaged files are refused or give a table that can be read to its end; they never crash.
  @Test(arguments: ["numpy", "safetensors"])
  func damagedFiles(_ name: String) async {
    let header = """
      {"__metadata__":{"format":"pt"},"e":{"dtype":"F16","shape":[2,3],"data_offsets":[0,12]},\
      "n":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}
      """
    let (files, format): ([[UInt8]], FileFormat) =
      name == "numpy"
      ? ([UInt8(1), 2, 3].map { numPy(type: "<f4", shape: "(3, 3)", version: $0) + singles(Self.numbers) }, .numPy)
      : ([safetensors(header) + words([1, 2, 3, 4, 5, 6]) + singles([9])], .safetensors)
    let report = await Fuzzing(name, rounds: 300).run(
      on: files, as: format, code: { ($0 as? BackendError)?.code.rawValue },
      read: { bytes, round in
        try await withFile(bytes) { file in
          let table = try EmbeddingFile(file: file, tensor: round % 3 == 0 && name == "safetensors" ? "e" : nil)
          let rows = min(table.count, 100)
          for range in [0..<rows, table.count - rows..<table.count]
          where table.rows(range).elements.count != rows * table.dimension {
            throw Fuzzing.Broken("a table of \(table.dimension) columns has rows of another length")
          }
        }
      })
    #expect(report.surprises.isEmpty)
    #expect(report.isTelling)
  }

  @Test func rowsMustBeInTheTable() async {
    await #expect(processExitsWith: .failure) {
      let url = FileManager.default.temporaryDirectory.appending(path: "rows-\(UUID()).safetensors")
      defer { try? FileManager.default.removeItem(at: url) }
      let header = #"{"e":{"dtype":"F16","shape":[1,1],"data_offsets":[0,2]}}"#
      let bytes = [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8) + [0, 0]
      try Data(bytes).write(to: url)
      _ = try EmbeddingFile(file: url.path).rows(0..<2)
    }
  }

  private func error(_ file: URL, tensor: String? = nil) -> BackendError? {
    let error = #expect(throws: BackendError.self) { try EmbeddingFile(file: file.path, tensor: tensor) }
    #expect(error?.remedy.isEmpty == false)
    return error
  }
}

/// A file in the temporary folder, removed when the process ends.
private func write(_ bytes: [UInt8]) throws -> URL {
  let url = TemporaryFolder.shared.url.appending(path: UUID().uuidString)
  try Data(bytes).write(to: url)
  return url
}

private final class TemporaryFolder: Sendable {
  static let shared = TemporaryFolder()
  let url: URL

  private init() {
    url = FileManager.default.temporaryDirectory.appending(path: "embedding-files-\(UUID())")
    try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    atexit { try? FileManager.default.removeItem(at: TemporaryFolder.shared.url) }
  }
}

private func numPy(type: String, shape: String, version: UInt8 = 1) -> [UInt8] {
  numPy(header: "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }", version: version)
}

private func numPy(header: String, version: UInt8 = 1) -> [UInt8] {
  let text = Array(header.utf8) + [0x0a]
  let length = version == 1 ? words([UInt16(text.count)]) : words([UInt16(text.count), 0])
  return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text
}

private func safetensors(_ header: String) -> [UInt8] {
  words([UInt16(header.utf8.count), 0, 0, 0]) + Array(header.utf8)
}

private func singles(_ numbers: [Float]) -> [UInt8] {
  numbers.flatMap { number in withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) } }
}

private func words(_ numbers: [UInt16]) -> [UInt8] {
  numbers.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
}
