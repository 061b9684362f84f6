import Foundation
import LinearAlgebra
import ModelBackends
import Testing

@testable import RelativeSpace

/// The contents of a cache's folder, and their removal.
struct CacheFolderTests {
  let folder = CacheTestFolder()
  private var cache: AlignmentCache { AlignmentCache(folder: folder.path) }
  private let digits = String(repeating: "0123456789abcdef", count: 2)

  @Test func unfinishedFilesAreNeverUsedAndRemoved() throws {
    let test = CacheCase()
    let built = try test.make(cache: cache)
    let file = try folder.alignment
    let whole = try folder.data(file)
    let name = try #require(folder.names.first)
    try FileManager.default.removeItem(atPath: file)
    // No process has this number.
    let dead = CacheFolder.temporaryName(of: name, writer: .max)
    let living = CacheFolder.temporaryName(of: name, writer: getpid())
    let forgotten = CacheFolder.temporaryName(of: name, writer: getpid())
    try folder.write(whole, to: dead)
    try folder.write(whole.dropLast(), to: living)
    try folder.write(whole, to: forgotten, used: 90_000)
    let foreign = ["notes.txt", "\(digits).alignment.1.ff.tm", "\(digits).alignment.x.ff.tmp", "short.alignment"]
    for name in foreign { try folder.write(Data([1]), to: name, used: 1_000_000) }
    let table = CountingTable(test.table)
    let again = try test.make(cache: cache, table: table)
    #expect(table.rowsRead > 72)
    #expect(try test.areEqual(built, again))
    #expect(folder.names == ([name, living] + foreign).sorted())
    #expect(try folder.data(file) == whole)
  }

  @Test func theFilesUnusedForLongestAreRemoved() throws {
    let cases = (1...4).map { CacheCase(seed: $0) }
    var names: [String] = []
    for (index, test) in cases.prefix(3).enumerated() {
      _ = try test.make(cache: cache)
      let name = try #require(folder.names.first { !names.contains($0) })
      names.append(name)
      try folder.age(name, by: 1000 - Double(index))
    }
    let size = try #require(CacheFolder(path: folder.path).files().first).byteCount
    var small = AlignmentCache(folder: folder.path, byteLimit: 3 * size)
    // The first is used again: the second is now the oldest.
    let first = try cases[0].make(cache: small)
    _ = try cases[3].make(cache: small)
    #expect(!folder.names.contains(names[1]))
    #expect(folder.names.count == 3 && folder.names.contains(names[0]) && folder.names.contains(names[2]))
    // A file in use stays valid when it is removed.
    let before = first.pullBack(cases[0].anchorIDs.map { Float($0) })
    small.byteLimit = size
    _ = try cases[1].make(cache: small)
    #expect(folder.names == [names[1]])
    #expect(try cases[0].areEqual(first, try cases[0].make(cache: nil)))
    #expect(first.pullBack(cases[0].anchorIDs.map { Float($0) }) == before)
    try cache.removeAll()
    #expect(try cases[0].areEqual(first, try cases[0].make(cache: nil)))
  }

  @Test func digestsAreRemovedToo() throws {
    let test = CacheCase()
    for inode in UInt64(1)...9 {
      _ = try test.make(cache: cache, table: CountingTable(test.table, origin: CacheCase.origin(inode)))
      try folder.age(try #require(folder.names(endingWith: ".digest").max { _, _ in false }), by: 500)
    }
    let size = try #require(CacheFolder(path: folder.path).files().first { $0.name.hasSuffix(".alignment") }).byteCount
    var other = test
    other.options.rank = 1
    _ = try other.make(cache: AlignmentCache(folder: folder.path, byteLimit: 2 * size + 2 * 4096))
    #expect(folder.names(endingWith: ".digest").count == 2)
    #expect(folder.names(endingWith: ".alignment").count == 2)
  }

  @Test func anAlignmentLargerThanTheCacheIsBuiltAndSaysSo() throws {
    let test = CacheCase()
    let result = try test.make(cache: AlignmentCache(folder: folder.path, byteLimit: 1000))
    #expect(result.cacheProblem?.code == .cache)
    #expect(result.cacheProblem?.problem.contains("may have 1000") == true)
    #expect(try test.areEqual(result, try test.make(cache: nil)))
    #expect(folder.names.isEmpty)
  }

  @Test func anImpossibleFolderIsNoFailure() throws {
    let test = CacheCase()
    let built = try test.make(cache: nil)
    try folder.write(Data([1]), to: "file")
    for path in ["\(folder.path)/file", "\(folder.path)/file/inside", "", "/dev/null/cache"] {
      var reports: [Double] = []
      let result = try test.make(cache: AlignmentCache(folder: path)) { reports.append($0) }
      #expect(result.cacheProblem?.code == .cache && result.cacheProblem?.remedy.isEmpty == false)
      #expect(try test.areEqual(result, built))
      #expect(reports.last == 1)
      #expect(throws: RelativeSpaceError.self) { try AlignmentCache(folder: path).removeAll() }
    }
    #expect(folder.names == ["file"])
  }

  @Test func anExistingFileIsNoFailure() throws {
    let test = CacheCase()
    let built = try test.make(cache: cache)
    let name = try #require(folder.names.first)
    try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
    try FileManager.default.createDirectory(atPath: "\(folder.path)/\(name)", withIntermediateDirectories: true)
    try folder.write(Data(), to: "\(name)/inside")
    for _ in 0..<2 {
      let result = try test.make(cache: cache, table: CountingTable(test.table, origin: CacheCase.origin()))
      #expect(result.cacheProblem?.problem.contains("cannot be replaced") == true)
      #expect(try test.areEqual(result, built))
      #expect(folder.names(endingWith: ".tmp").isEmpty)
      #expect(folder.names.count == 2)
    }
  }

  @Test func aDiskThatFillsUpIsNoFailure() async {
    await #expect(processExitsWith: .success) {
      // Files of this process may have only a few bytes: the alignment's file cannot be written completely.
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 2000, rlim_max: 2000)
      #if canImport(Darwin)
        try #require(setrlimit(RLIMIT_FSIZE, &limit) == 0)
      #else
        try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      #endif
      let (folder, test) = (CacheTestFolder(), CacheCase())
      let result = try test.make(cache: AlignmentCache(folder: folder.path))
      try #require(result.cacheProblem?.problem.contains(".tmp cannot be written (") == true)
      #expect(try test.areEqual(result, try test.make(cache: nil)))
      try #require(FileManager.default.fileExists(atPath: folder.path) && folder.names.isEmpty)
    }
  }

  @Test(.enabled(if: getuid() != 0, "The superuser may write everywhere."))
  func aFolderThatMayOnlyBeReadIsRead() throws {
    let (test, other) = (CacheCase(), CacheCase(seed: 2))
    let table = { CountingTable(test.table, origin: CacheCase.origin()) }
    let built = try test.make(cache: cache, table: table())
    try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder.path)
    defer { try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path) }
    let read = try test.make(cache: cache, table: table())
    #expect(read.cacheProblem == nil)
    #expect(try test.areEqual(read, built))
    #expect(try other.make(cache: cache).cacheProblem?.problem.contains("cannot be written") == true)
  }

  @Test func removingAllLeavesOtherFiles() throws {
    try cache.removeAll()
    #expect(!FileManager.default.fileExists(atPath: folder.path))
    let test = CacheCase()
    _ = try test.make(cache: cache, table: CountingTable(test.table, origin: CacheCase.origin()))
    try folder.write(Data(), to: "\(digits).digest.77.0.tmp")
    try folder.write(Data(), to: "mine.alignment")
    try cache.removeAll()
    #expect(folder.names == ["mine.alignment"])
  }

  #if !canImport(Darwin)
    @Test func theStandardFolderFollowsTheEnvironment() {
      let name = "swift-deepen-alignments"
      #expect(AlignmentCache.standardFolder(["XDG_CACHE_HOME": "/x", "HOME": "/h"]) == "/x/\(name)")
      #expect(AlignmentCache.standardFolder(["XDG_CACHE_HOME": "x", "HOME": "/h"]) == "/h/.cache/\(name)")
      #expect(AlignmentCache.standardFolder(["XDG_CACHE_HOME": "", "HOME": "/h"]) == "/h/.cache/\(name)")
      #expect(AlignmentCache.standardFolder(["HOME": "h"]) == nil)
      #expect(AlignmentCache.standardFolder([:]) == nil)
    }
  #endif
}
