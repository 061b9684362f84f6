import DeePEn
import DocumentSupport
import Foundation
import Testing

/// Calls in documents' inline code, such as `.farthest(k)`, are repeated in this file and compiled with it.
@Suite struct InlineTests {
  /// Arbitrary numbers and values of a reader's own.
  private func calls(k: Int, list: [[UInt8]], text: String, backend: any ModelBackend) throws {
    let _: [AnchorSelection] = [
      .lowestIDs(k), .longest(k), .random(k, seed: 1), .tokens(list), .mostFrequent(k, in: text), .farthest(k),
      .kMeans(k), .mostConsistent(k),
    ]
    let _: any EnsembleRule = .gac(threshold: 0.5)
    _ = CosineAlignmentRule(cache: nil)
    _ = CorePlan(cores: 4, members: 2)
    _ = Member(backend, embeddings: try EmbeddingFile(file: "vectors.npy"))
  }

  @Test func everyCallBetweenWordsIsCompiled() throws {
    let compiled = try String(contentsOfFile: #filePath, encoding: .utf8)
    var count = 0
    for document in try Repository.documents() where document.path.hasSuffix(".md") && document.path != "CHANGELOG.md" {
      for match in document.prose.joined(separator: "\n").matches(of: /(?:^|[^`])`([A-Z.]\w*\([^`\n]+\))`(?!`)/) {
        // A name with its labels is a name, and a gap is for the reader to fill.
        guard match.1.wholeMatch(of: /[\w.]+\((?:\w+:)*\)/) == nil, !match.1.contains("…") else { continue }
        count += 1
        let isCompiled = compiled.contains(match.1)
        #expect(isCompiled, "\(document.path): write \(match.1) into calls(…)")
      }
    }
    #expect(count > 10)
  }
}
