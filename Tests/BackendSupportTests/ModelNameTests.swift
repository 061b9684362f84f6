import Foundation
import ModelBackends
import Testing

@testable import BackendSupport

/// Names of models after their location.
@Suite struct ModelNameTests {
  @Test(
    "A generic name is replaced by that of the nearest parent folder with a specific one",
    arguments: [
      ("/m/atlas.gguf", "atlas"), ("/m/ATLAS.GGUF", "ATLAS"), ("/m/atlas-q4_k_m.gguf", "atlas-q4_k_m"),
      ("/m/atlas/model.gguf", "atlas"), ("/m/atlas/ggml-model-Q4_K_M.gguf", "atlas"),
      ("/m/atlas/model.f16.gguf", "atlas"),
      ("/m/atlas/onnx", "atlas"), ("/m/atlas/onnx-hf/", "atlas"), ("/m/atlas/./x/../int8", "atlas"),
      ("/m/atlas/checkpoint-500", "atlas"), ("/m/onnx-atlas", "onnx-atlas"), ("/m/atlas2", "atlas2"),
      ("/h/models--someone--atlas-2b/snapshots/0123456789abcdef0123456789abcdef01234567", "atlas-2b"),
      ("/h/models--someone--atlas", "atlas"),
      // Models at the top of a disk are named after other things.
      ("/model.gguf", "model"), ("/data/onnx", "onnx"),
    ])
  func parentFolders(path: String, expected: String) { #expect(ModelName.name(of: path) == expected) }

  @Test func aHomeIsNoModel() {
    #expect(ModelName.name(of: NSHomeDirectory() + "/onnx") == "onnx")
  }

  @Test(
    "A model's own name precedes the parent folders' unless it is a path or generic too",
    arguments: [
      ("someone/atlas-2b", "atlas-2b"), ("atlas-2b", "atlas-2b"), ("/home/someone/atlas-2b", "above"),
      ("./atlas-2b", "above"),
      ("a/b/atlas-2b", "above"), ("model", "above"), ("someone/onnx", "above"), ("", "above"),
    ])
  func ownNames(own: String, expected: String) {
    #expect(ModelName.name(of: "/m/above/onnx") { own } == expected)
    #expect(ModelName.name(of: "/m/above/named") { own } == "named")
  }
}
