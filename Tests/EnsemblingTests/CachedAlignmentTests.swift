import Ensembling
import Foundation
import LinearAlgebra
import ModelBackendTesting
import ModelBackends
import RelativeSpace
import Synchronization
import Testing

/// The rule of the published alignment with a folder for earlier alignments.
struct CachedAlignmentTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "alignments-\(UUID())").path

  private var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] }

  private func members() -> [Member] {
    var generator = SplitMix64(seed: 3)
    return ["m", "n"].map { name in
      let tokens = (0..<20).map { "shared\($0)" } + (0..<6).map { "\(name)\($0)" } + ["</s>"]
      let table = Matrix(
        rows: tokens.count, columns: 6,
        known: (0..<tokens.count * 6).map { _ in Float.random(in: -1...1, using: &generator) })
      return Member(ScriptedBackend(name: name, tokens: tokens, embeddings: table) { _ in tokens.map { _ in 0 } })
    }
  }

  private func rule(_ storage: CosineAlignmentRule.Storage, _ cache: AlignmentCache?) -> CosineAlignmentRule {
    CosineAlignmentRule(storage: storage, cache: cache)
  }

  private func numbers(_ alignments: [any TokenAlignment]) -> [[Float]] {
    alignments.map { $0.pullBack((0..<$0.anchorCount).map { Float($0) }) }
  }

  @Test func factoredAlignmentsAreBuiltOnce() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let cache = AlignmentCache(folder: folder)
    let members = members()
    let plain = numbers(try rule(.factored, nil).alignments(for: members) { _ in })
    #expect(files.isEmpty)
    var counts: [Int] = []
    for _ in 0..<2 {
      let reports = Mutex<[EnsembleProgress]>([])
      let built = try rule(.factored, cache).alignments(for: members) { report in reports.withLock { $0.append(report) }
      }
      #expect(numbers(built) == plain)
      #expect(files.count == 2)
      let fractions = reports.withLock { $0.map(\.fraction) }
      #expect(fractions.last == 1 && fractions == fractions.sorted())
      counts.append(fractions.count)
    }
    #expect(counts[1] < counts[0])
    // Each pair's alignment with the same anchors is the same.
    _ = try ExactMatchAlignmentRule(cosine: rule(.factored, cache)).alignments(for: members) { _ in }
    #expect(files.count == 2)
  }

  @Test func denseAlignmentsAreNotKept() throws {
    for storage in [CosineAlignmentRule.Storage.dense, .automatic] {
      _ = try rule(storage, AlignmentCache(folder: folder)).alignments(for: members()) { _ in }
      #expect(!FileManager.default.fileExists(atPath: folder))
    }
  }

  @Test func cacheProblemsAreReported() throws {
    let reports = Mutex<[EnsembleProgress]>([])
    let built = try rule(.factored, AlignmentCache(folder: "/dev/null/alignments")).alignments(for: members()) {
      report in
      reports.withLock { $0.append(report) }
    }
    #expect(numbers(built) == numbers(try rule(.factored, nil).alignments(for: members()) { _ in }))
    let last = try #require(reports.withLock { $0.last })
    #expect(last.fraction == 1 && last.activity.hasPrefix("aligning n with 21 anchors ("))
    #expect(last.activity.contains("/dev/null/alignments"))
    #expect(reports.withLock { $0.filter { $0.activity.contains("cache") }.count } == 2)
  }

  @Test func theUsersCacheIsUsedUnlessSwitchedOff() {
    #expect(CosineAlignmentRule().cache == .standard)
    #expect(CosineAlignmentRule(cache: nil).cache == nil)
    #expect(AlignmentCache.standard.byteLimit == 8 << 30)
  }
}
