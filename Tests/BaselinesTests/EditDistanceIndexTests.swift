import Baselines
import LinearAlgebra
import ModelBackends
import Testing

@Suite struct EditDistanceIndexTests {
  private typealias Entry = (token: TokenID, bytes: [UInt8])

  /// The whole table of distances.
  private func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var row = Array(0...b.count)
    for (i, left) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, right) in b.enumerated() {
        let value = min(row[j + 1] + 1, row[j] + 1, diagonal + (left == right ? 0 : 1))
        diagonal = row[j + 1]
        row[j + 1] = value
      }
    }
    return row[b.count]
  }

  private func common(_ a: [UInt8], _ b: [UInt8]) -> Int { zip(a, b).prefix { $0 == $1 }.count }

  private func random(_ count: Int, letters: ClosedRange<UInt8>, longest: Int, _ random: inout SplitMix64) -> [Entry] {
    (0..<count).map { token in
      (token, (0..<Int.random(in: 1...longest, using: &random)).map { _ in UInt8.random(in: letters, using: &random) })
    }
  }

  @Test(arguments: 0..<40) func findsWhatComparingWithAllFinds(seed: Int) throws {
    var generator = SplitMix64(seed: UInt64(seed))
    let letters: ClosedRange<UInt8> = 97...[UInt8(98), 100, 122][seed % 3]
    let entries = random(Int.random(in: 1...80, using: &generator), letters: letters, longest: 9, &generator)
    let index = EditDistanceIndex(entries)
    for (_, query) in random(40, letters: letters, longest: 12, &generator) {
      let all = entries.map { (distance($0.bytes, query), -common($0.bytes, query), $0.token) }
      let best = try #require(all.min { $0 < $1 })
      #expect(index.nearest(to: query) == EditDistanceIndex.Match(token: best.2, distance: best.0))
    }
  }

  /// Around the length of a machine word, where another algorithm takes over.
  @Test(arguments: 0..<6) func longTokens(seed: Int) throws {
    var generator = SplitMix64(seed: UInt64(seed))
    func text(_ length: Int) -> [UInt8] {
      (0..<length).map { UInt8(97 + $0 % 3 + (Int.random(in: 0..<9, using: &generator) == 0 ? 1 : 0)) }
    }
    let entries = (0..<40).map { (token: $0, bytes: text(58 + $0 % 14)) }
    let index = EditDistanceIndex(entries)
    for length in 61...68 {
      let query = text(length)
      let best = try #require(
        entries.map { (distance($0.bytes, query), -common($0.bytes, query), $0.token) }.min { $0 < $1 })
      #expect(index.nearest(to: query) == EditDistanceIndex.Match(token: best.2, distance: best.0))
    }
  }

  @Test func edges() {
    #expect(EditDistanceIndex([]).nearest(to: [1]) == nil)
    let index = EditDistanceIndex([(token: 4, bytes: [1, 2, 3]), (token: 2, bytes: [1, 2, 3])])
    #expect(index.nearest(to: [])?.distance == 3)
    #expect(index.nearest(to: [1, 2, 3]) == EditDistanceIndex.Match(token: 2, distance: 0))
  }

  @Test func theLongestCommonBeginningGoesFirst() {
    let index = EditDistanceIndex([(token: 0, bytes: Array("xab".utf8)), (token: 1, bytes: Array("abx".utf8))])
    #expect(index.nearest(to: Array("ab".utf8)) == EditDistanceIndex.Match(token: 1, distance: 1))
  }
}
