import Foundation
import Testing

/// A test that can be skipped names the missing requirement.
@Suite struct SkippedTests {
  @Test func everyConditionHasAComment() throws {
    let files = try Repository.swiftFiles(in: "Tests", "Examples/Tests", "Benchmarks/Tests")
    var count = 0
    for (path, text) in files where path != #filePath {
      for start in text.ranges(of: ".enabled(").map(\.upperBound) {
        var depth = 1
        let condition = text[start...].prefix { character in
          depth += character == "(" ? 1 : character == ")" ? -1 : 0
          return depth > 0
        }
        count += 1
        let isExplained = condition.contains("\"") || condition.lowercased().contains("advice")
        #expect(isExplained, "\(path): .enabled(\(condition))")
      }
    }
    #expect(count > 30)
  }
}
