import Foundation
import LinearAlgebra
import ModelBackends
import Testing

@testable import RelativeSpace

/// Alignments read from a cache against those that were built.
struct AlignmentCacheTests {
  let folder = CacheTestFolder()
  var cache: AlignmentCache { AlignmentCache(folder: folder.path) }

  @Test(arguments: UInt64(0)..<12)
  func theCachedAlignmentEqualsTheBuiltOne(seed: UInt64) throws {
    var test = CacheCase(
      seed: seed, tokens: 5 + Int(seed) * 9, anchors: 3 + Int(seed) * 5, dimension: 2 + Int(seed), entries: Int(seed),
      rank: Int(seed) / 2)
    test.options.cosine = CosineAlignment.Options(
      temperature: seed.isMultiple(of: 3) ? 10 : 100, normalisesRows: seed.isMultiple(of: 2))
    let built = try test.make(cache: nil)
    let kept = try test.make(cache: cache)
    let read = try test.make(cache: cache)
    #expect(built.cacheProblem == nil && kept.cacheProblem == nil && read.cacheProblem == nil)
    #expect(read.diagnostics.zeroRows == 1 && read.diagnostics.nonFiniteRows == 1)
    #expect(try test.areEqual(built, kept))
    #expect(try test.areEqual(built, read))
    #expect(folder.names(endingWith: ".alignment").count == 1)
    #expect(folder.names.count == 1)
  }

  @Test func anAlignmentOfSeveralStripesIsReadWhole() throws {
    let test = CacheCase(tokens: 12_000, anchors: 90, dimension: 4, entries: 64, rank: 0)
    let built = try test.make(cache: cache)
    let file = try folder.alignment
    let whole = try folder.data(file)
    #expect(whole.count > AlignmentHeader.stripeLength)
    let distribution = [Float](repeating: 1 / 12_000, count: 12_000)
    #expect(try test.make(cache: cache).project(distribution) == built.project(distribution))
    for index in [AlignmentHeader.stripeLength / 2, whole.count - 1] {
      var damaged = whole
      damaged[index] ^= 16
      try damaged.write(to: URL(filePath: file))
      #expect(try test.make(cache: cache).cacheProblem?.problem.contains("checksum") == true)
      #expect(try folder.data(file) == whole)
    }
  }

  @Test func stripesAreHashedAlike() {
    var generator = SplitMix64(seed: 5)
    let bytes = (0..<2 * AlignmentHeader.stripeLength / 8 + 3).map { _ in generator.next() }
    bytes.withUnsafeBytes { bytes in
      let expected = stride(from: 0, to: bytes.count, by: AlignmentHeader.stripeLength).map { start in
        XXH64.hash(
          UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + AlignmentHeader.stripeLength, bytes.count)]))
      }
      #expect(expected.count == 3)
      #expect(AlignmentHeader.checksums(of: bytes) == expected)
    }
  }

  @Test func aKnownTableIsNotReadAgain() throws {
    let test = CacheCase(tokens: 90)
    let first = CountingTable(test.table, origin: CacheCase.origin())
    let built = try test.make(cache: cache, table: first)
    #expect(first.rowsRead > 180)
    let second = CountingTable(test.table, origin: CacheCase.origin())
    var reports: [Double] = []
    let read = try test.make(cache: cache, table: second) { reports.append($0) }
    #expect(second.rowsRead <= 16)
    #expect(reports == [1])
    #expect(read.cacheProblem == nil)
    #expect(try test.areEqual(built, read))
  }

  @Test func progressRisesToOne() throws {
    let test = CacheCase(tokens: 1100, rank: 0)
    for _ in 0..<2 {
      var reports: [Double] = []
      _ = try test.make(cache: cache) { reports.append($0) }
      #expect(reports.count > 1 && reports.last == 1)
      #expect(reports == reports.sorted() && reports.allSatisfy { 0...1 ~= $0 })
    }
  }

  @Test func aTableWithoutAnOriginIsReadOnceMore() throws {
    let test = CacheCase(tokens: 90)
    _ = try test.make(cache: cache)
    let table = CountingTable(test.table)
    _ = try test.make(cache: cache, table: table)
    #expect(table.rowsRead == 90)
    #expect(folder.names(endingWith: ".digest").isEmpty)
  }

  @Test func equalContentElsewhereIsFound() throws {
    let test = CacheCase(tokens: 90)
    let built = try test.make(cache: cache, table: CountingTable(test.table, origin: CacheCase.origin(7)))
    let moved = CountingTable(test.table, origin: CacheCase.origin(8))
    let found = try test.make(cache: cache, table: moved)
    #expect(moved.rowsRead == 106)
    #expect(try test.areEqual(built, found))
    #expect(folder.names(endingWith: ".alignment").count == 1)
    #expect(folder.names(endingWith: ".digest").count == 2)
  }

  @Test func rowsThatComeOutOtherwiseAreNoticed() throws {
    var test = CacheCase(tokens: 90)
    _ = try test.make(cache: cache, table: CountingTable(test.table, origin: CacheCase.origin()))
    for index in test.table.elements.indices { test.table.elements[index] *= 1.5 + Float(index % 7) }
    let result = try test.make(cache: cache, table: CountingTable(test.table, origin: CacheCase.origin()))
    #expect(try test.areEqual(result, try test.make(cache: nil)))
    #expect(folder.names(endingWith: ".alignment").count == 2)
  }

  @Test func aFileThatMayStillChangeIsNotRemembered() throws {
    let test = CacheCase()
    let now = Int64(Date().timeIntervalSince1970 * 1e9)
    var origin = CacheCase.origin()
    origin.files[0].changed = now
    for _ in 0..<2 {
      let table = CountingTable(test.table, origin: origin)
      _ = try test.make(cache: cache, table: table)
      #expect(table.rowsRead >= 36)
    }
    #expect(folder.names(endingWith: ".digest").isEmpty)
    #expect(folder.names(endingWith: ".alignment").count == 1)
  }

  @Test func damagedNotesAreWrittenAnew() throws {
    let test = CacheCase(tokens: 90)
    _ = try test.make(cache: cache, table: CountingTable(test.table, origin: CacheCase.origin()))
    let name = try #require(folder.names(endingWith: ".digest").first)
    let whole = try folder.data("\(folder.path)/\(name)")
    for damage in 0..<whole.count + 3 {
      var note = whole
      switch damage {
      case ..<whole.count: note[damage] ^= 1 << UInt8(damage % 8)
      case whole.count: note = Data()
      case whole.count + 1: note = whole.dropLast()
      default: note.append(0)
      }
      try folder.write(note, to: name)
      let table = CountingTable(test.table, origin: CacheCase.origin())
      _ = try test.make(cache: cache, table: table)
      #expect(table.rowsRead == 106)
      #expect(try folder.data("\(folder.path)/\(name)") == whole)
    }
  }

  @Test func everyInputOfTheNumbersMakesAnotherFile() throws {
    let test = CacheCase()
    var cases = (0..<10).map { _ in test }
    cases[1].table[30, 3] = cases[1].table[30, 3].nextUp
    cases[2].anchorIDs.swapAt(3, 4)
    cases[3].anchorIDs.removeLast()
    cases[4].vocabularyCount += 1
    cases[5].options.cosine.temperature = 99
    cases[6].options.cosine.normalisesRows = false
    cases[7].options.entries = 5
    cases[8].options.rank = 5
    cases[9].options.quantisedRowBytes = 1000
    for (index, test) in cases.enumerated() {
      let result = try test.make(cache: cache)
      #expect(folder.names(endingWith: ".alignment").count == index + 1)
      #expect(try test.areEqual(result, try test.make(cache: nil)))
    }
    var other = test
    other.options.rowCacheBytes = 0
    other.options.cosine.memoryLimit = 1 << 30
    other.table[test.vocabularyCount, 0] = 17
    _ = try other.make(cache: cache)
    #expect(folder.names(endingWith: ".alignment").count == cases.count)
  }

  @Test func buildersAtTheSameTimeAgree() async throws {
    let test = CacheCase(tokens: 200)
    let cache = cache
    let result = try await withThrowingTaskGroup(of: FactoredCosineAlignment.self) { group in
      for _ in 0..<8 {
        group.addTask {
          try test.make(cache: cache, table: CountingTable(test.table, origin: CacheCase.origin()))
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    for alignment in result {
      #expect(alignment.cacheProblem == nil)
      #expect(try test.areEqual(result[0], alignment))
    }
    #expect(folder.names(endingWith: ".alignment").count == 1)
    #expect(folder.names(endingWith: ".digest").count == 1)
    #expect(folder.names.count == 2)
  }

  @Test(arguments: [0, 20, 36, 60, 90, 120])
  func aCancelledBuildLeavesNothing(afterRows rows: Int) async throws {
    let (test, cache) = (CacheCase(), cache)
    let task = Task {
      let table = CountingTable(test.table) { before in
        if before >= rows { withUnsafeCurrentTask { $0?.cancel() } }
      }
      return try test.make(cache: cache, table: table)
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(folder.names.isEmpty)
    #expect(try test.areEqual(try test.make(cache: cache), try test.make(cache: nil)))
  }

  @Test func aCancelledWriteLeavesNothing() async throws {
    let (test, cache) = (CacheCase(), cache)
    let task = Task {
      try test.make(cache: cache) { if $0 > 0.97 { withUnsafeCurrentTask { $0?.cancel() } } }
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(folder.names.isEmpty)
  }

  @Test func errorsOfTheTableComeThrough() {
    struct Refusing: EmbeddingTable {
      var count: Int { 36 }
      var dimension: Int { 2 }
      func rows(_ range: Range<Int>) throws -> Matrix {
        throw BackendError(.invalidFile, in: "table", "cannot be read", remedy: "Nothing to do.")
      }
    }
    #expect(throws: BackendError.self) { try CacheCase().make(cache: cache, table: Refusing()) }
    #expect(folder.names.isEmpty)
  }
}
