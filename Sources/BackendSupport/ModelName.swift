internal import Foundation

/// Names a model after its location.
public enum ModelName {
  /// A file's name without the suffix `.gguf`, or a folder's. Where that is a generic name like `model` or `onnx`,
  /// which says nothing about the model, the name that the model gives itself, or the nearest informative one among the
  /// parent folders.
  ///
  /// - Parameters:
  ///   - path: The model's file or folder.
  ///   - own: The name that the model gives itself, such as `owner/name`; a value that looks like a local path is
  ///     ignored.
  public static func name(of path: String, givenByModel own: () -> String? = { nil }) -> String {
    let names = URL(fileURLWithPath: path).standardizedFileURL.pathComponents.filter { $0 != "/" }
    guard let last = names.last else { return path }
    let file = last.lowercased().hasSuffix(".gguf") ? String(last.dropLast(5)) : last
    guard isGeneral(file) else { return withoutOwner(file) }
    if let parts = own()?.split(separator: "/", omittingEmptySubsequences: false), parts.count <= 2,
      let name = parts.last.map(String.init), parts[0] != "", parts[0].first != ".", !isGeneral(name)
    {
      return name
    }
    // A model at the root of a disk or in a home folder is named after other things.
    let home = URL(fileURLWithPath: NSHomeDirectory()).standardizedFileURL.pathComponents.filter { $0 != "/" }
    let above = names.indices.dropFirst().dropLast().reversed().prefix(4)
      .filter { !names[...$0].elementsEqual(home) }.map { names[$0] }
    return withoutOwner(above.first { !isGeneral($0) } ?? file)
  }

  /// Names of the format, the precision and the conversion of a model, which any model may have.
  private static let general: Set<String> = [
    "onnx", "ort", "optimum", "gguf", "ggml", "hf", "model", "models", "decoder", "merged", "with", "past", "export",
    "exported", "output", "out", "checkpoint", "checkpoints", "snapshot", "snapshots", "main", "latest", "best",
    "final",
    "quantized", "quantised", "cpu", "cuda", "fp32", "f32", "fp16", "f16", "bf16", "int8", "uint8", "int4", "q4f16",
    "bnb4",
  ]

  private static func isGeneral(_ name: String) -> Bool {
    let words = name.lowercased().split { $0 == "-" || $0 == "_" || $0 == "." || $0 == " " }
    let isCommit = name.count == 40 && name.allSatisfy(\.isHexDigit)
    return isCommit
      || words.allSatisfy { word in
        general.contains(String(word)) || word.allSatisfy(\.isNumber) || word.wholeMatch(of: /i?q\d+|k|[sml]/) != nil
      }
  }

  /// The name in a folder of Hugging Face's cache, `models--owner--name`.
  private static func withoutOwner(_ name: String) -> String {
    guard name.hasPrefix("models--"), let dashes = name.range(of: "--", options: .backwards) else { return name }
    return String(name[dashes.upperBound...])
  }
}
