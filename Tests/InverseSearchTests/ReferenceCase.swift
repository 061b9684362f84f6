import Foundation
import LinearAlgebra

/// One case of Tests/Fixtures/reference: inputs and outputs of the published implementation.
struct ReferenceCase: CustomStringConvertible, Sendable {
  struct Manifest: Decodable, Sendable {
    struct Tensor: Decodable, Sendable {
      var file: String
      var shape: [Int]
    }

    var temperature: Float
    var rate: Float
    var steps: Int
    var weights: [Float]
    var mainArgmaxBefore: Int
    var mainArgmaxAfter: Int
    var klBefore: Float
    var klAfter: Float
    var tensors: [String: Tensor]
  }

  let folder: URL
  let manifest: Manifest

  var description: String { folder.lastPathComponent }

  static let all: [ReferenceCase] = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/reference")
    let folders = (try? FileManager.default.contentsOfDirectory(at: root, includingPropertiesForKeys: nil)) ?? []
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return folders.sorted { $0.path() < $1.path() }.compactMap { folder in
      guard let data = try? Data(contentsOf: folder.appending(path: "manifest.json")),
        let manifest = try? decoder.decode(Manifest.self, from: data)
      else { return nil }
      return ReferenceCase(folder: folder, manifest: manifest)
    }
  }()

  func floats(_ tensor: String) throws -> [Float] {
    try words(tensor).map { Float(bitPattern: $0) }
  }

  func integers(_ tensor: String) throws -> [Int] {
    try words(tensor).map { Int(Int32(bitPattern: $0)) }
  }

  func matrix(_ tensor: String) throws -> Matrix {
    let shape = try manifestEntry(tensor).shape
    return Matrix(rows: shape[0], columns: shape[1], known: try floats(tensor))
  }

  private struct MissingTensor: Error {
    var name: String
  }

  /// Tensors are found by their files, because decoding may respell the keys of the dictionary.
  private func manifestEntry(_ tensor: String) throws -> Manifest.Tensor {
    guard let entry = manifest.tensors.values.first(where: { $0.file.hasPrefix(tensor + ".") }) else {
      throw MissingTensor(name: tensor)
    }
    return entry
  }

  private func words(_ tensor: String) throws -> [UInt32] {
    let data = try Data(contentsOf: folder.appending(path: try manifestEntry(tensor).file))
    return data.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: 4).map {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self))
      }
    }
  }
}
