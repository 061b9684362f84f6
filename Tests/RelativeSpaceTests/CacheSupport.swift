import Foundation
import LinearAlgebra
import ModelBackends
import RelativeSpace
import Synchronization
import Testing

/// A test's own folder, which is removed with it.
final class CacheTestFolder: Sendable {
  let path = FileManager.default.temporaryDirectory.appending(path: "alignments-\(UUID().uuidString)").path

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The names of its contents, hidden files too.
  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

  func names(endingWith ending: String) -> [String] { names.filter { $0.hasSuffix(ending) } }

  /// The only alignment's file.
  var alignment: String {
    get throws { "\(path)/\(try #require(names(endingWith: ".alignment").first))" }
  }

  func data(_ file: String) throws -> Data { try Data(contentsOf: URL(filePath: file)) }

  func write(_ data: Data, to name: String, used seconds: Double = 0) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try data.write(to: URL(filePath: "\(path)/\(name)"))
    try age(name, by: seconds)
  }

  /// Sets a file's modification time some seconds back.
  func age(_ name: String, by seconds: Double) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: "\(path)/\(name)")
  }
}

/// A table in memory that counts how many of its rows are read.
final class CountingTable: EmbeddingTable {
  let matrix: Matrix
  let origin: EmbeddingOrigin?
  private let onRead: @Sendable (_ rowsBefore: Int) -> Void
  private let read = Mutex(0)

  init(_ matrix: Matrix, origin: EmbeddingOrigin? = nil, onRead: @escaping @Sendable (Int) -> Void = { _ in }) {
    self.matrix = matrix
    self.origin = origin
    self.onRead = onRead
  }

  var count: Int { matrix.rows }
  var dimension: Int { matrix.columns }
  var rowsRead: Int { read.withLock { $0 } }

  func rows(_ range: Range<Int>) -> Matrix {
    let before = read.withLock { count in
      defer { count += range.count }
      return count
    }
    onRead(before)
    return matrix.rows(range)
  }
}

/// The inputs of an alignment, at a size that takes milliseconds.
struct CacheCase: Sendable {
  var table: Matrix
  var vocabularyCount: Int
  var anchorIDs: [TokenID]
  var options: FactoredCosineAlignment.Options

  init(seed: UInt64 = 1, tokens: Int = 36, anchors: Int = 24, dimension: Int = 12, entries: Int = 4, rank: Int = 2) {
    var generator = SplitMix64(seed: seed)
    let common = (0..<dimension).map { _ in Float.random(in: -1...1, using: &generator) }
    table = Matrix(
      rows: tokens + 3, columns: dimension,
      known: (0..<(tokens + 3) * dimension).map {
        Float.random(in: -1...1, using: &generator) + common[$0 % dimension]
      })
    for column in 0..<dimension {
      table[1, column] = 0
      table[2, column] = .nan
    }
    vocabularyCount = tokens
    anchorIDs = Array((0..<tokens).shuffled(using: &generator).prefix(anchors))
    options = FactoredCosineAlignment.Options(entries: entries, rank: rank, rowCacheBytes: 4096)
  }

  /// An origin of long ago.
  static func origin(_ inode: UInt64 = 7) -> EmbeddingOrigin {
    EmbeddingOrigin(
      files: [.init(path: "model", inode: inode, byteCount: 1, modified: 1_000, changed: 1_000)], part: "table")
  }

  func make(
    cache: AlignmentCache?, table other: (any EmbeddingTable)? = nil, progress: ((Double) -> Void)? = nil
  ) throws -> FactoredCosineAlignment {
    try FactoredCosineAlignment(
      embeddings: other ?? table, vocabularyCount: vocabularyCount, anchorIDs: anchorIDs, options: options,
      cache: cache, progress: progress)
  }

  /// Returns whether two alignments give the same bits, in every method.
  func areEqual(_ one: FactoredCosineAlignment, _ other: FactoredCosineAlignment) throws -> Bool {
    var generator = SplitMix64(seed: 99)
    let distribution = try softmax((0..<vocabularyCount).map { _ in Float.random(in: 0...6, using: &generator) })
    let values = anchorIDs.map { _ in Float.random(in: -1...1, using: &generator) }
    func answers(_ alignment: FactoredCosineAlignment) throws -> [[UInt32]] {
      var answers = [alignment.project(distribution), alignment.pullBack(values)]
      for precision in [NarrowingPrecision(tolerance: 2, newRows: 0), NarrowingPrecision(tolerance: 0, newRows: 100)] {
        let tokens = Array(stride(from: 0, to: vocabularyCount, by: 2))
        let rows = try alignment.narrowedRows(
          to: tokens, probabilities: tokens.map { distribution[$0] }, precision: precision)
        answers += [
          rows.alignment.project(tokens.map { distribution[$0] }), rows.alignment.pullBack(values), [rows.errorBound],
        ]
      }
      return answers.map { $0.map(\.bitPattern) }
    }
    return try answers(one) == answers(other) && one.diagnostics == other.diagnostics
      && one.anchorTokens == other.anchorTokens
  }
}
