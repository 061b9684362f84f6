import ExampleSupport
import Testing

@Suite struct ArgumentsTests {
  private func parse(_ words: String...) throws -> Arguments {
    try Arguments(words, options: ["name", "rate"], flags: ["quiet"], usage: "usage: test")
  }

  @Test func optionsFlagsAndListsAreRead() throws {
    let arguments = try parse("--name", "a", "--quiet", "--name", "b", "--rate", "0.1,0.3")
    #expect(arguments.all("name") == ["a", "b"])
    #expect(arguments.text("name") == "b")
    #expect(arguments.has("quiet"))
    #expect(try arguments.list("rate", of: Float.self) == [0.1, 0.3])
    #expect(try arguments.value("missing", as: Int.self) == nil)
  }

  @Test(arguments: [["--nmae", "a"], ["name"], ["--name"]])
  func whatMeansNothingIsRefusedWithTheUsage(words: [String]) {
    let error = #expect(throws: UsageError.self) {
      try Arguments(words, options: ["name"], usage: "usage: test")
    }
    #expect(error.map { "\($0)" }?.contains("usage: test") == true)
  }

  @Test func aValueOfTheWrongTypeIsNamed() throws {
    let arguments = try parse("--rate", "fast")
    let error = #expect(throws: UsageError.self) { try arguments.value("rate", as: Float.self) }
    #expect(error?.problem?.contains("fast") == true)
  }

  @Test func helpIsNotAProblem() {
    let error = #expect(throws: UsageError.self) { try parse("--help") }
    #expect(error?.problem == nil)
  }
}
