import ExampleSupport
import Foundation
import Testing

@Suite struct ArgumentsTests {
  private let form = CommandForm(
    "test", "Does nothing.", operand: "name",
    options: [
      .values("name", "TEXT", "a name"), .value("rate", "N,N", "some rates"), .value("count", "N", "a count"),
      .flag("quiet", "say less"),
    ])

  private func parse(_ words: String...) throws -> Arguments { try Arguments(words, for: form) }

  private func problem(_ words: [String]) -> String? {
    #expect(throws: UsageError.self) { try Arguments(words, for: form) }?.problem
  }

  @Test func optionsFlagsAndListsAreRead() throws {
    let arguments = try parse("--name", "a", "--quiet", "--name=b", "--rate", "0.1,0.3", "--count=-4")
    #expect(arguments.all("name") == ["a", "b"])
    #expect(arguments.text("name") == "b")
    #expect(arguments.has("quiet") && !arguments.has("missing"))
    #expect(try arguments.list("rate", of: Float.self) == [0.1, 0.3])
    #expect(try arguments.value("count", as: Int.self) == -4)
    #expect(try arguments.value("missing", as: Int.self) == nil)
  }

  @Test(
    "A value is what follows = to the word's end, or the next word, also with one dash",
    arguments: [
      (["--name=--quiet"], ["--quiet"]), (["--name=a=b"], ["a=b"]), (["--name="], [""]), (["--name", "- a"], ["- a"]),
      (["why?"], ["why?"]), (["--name", "a", "b"], ["a", "b"]), (["--", "--quiet"], ["--quiet"]),
      (["--", "-h"], ["-h"]),
    ])
  func values(words: [String], names: [String]) throws {
    let arguments = try Arguments(words, for: form)
    #expect(arguments.all("name") == names)
    #expect(!arguments.has("quiet"))
  }

  @Test(
    "Meaningless and ambiguous arguments are refused",
    arguments: [
      (["--nmae", "a"], "--nmae is not an option; did you mean --name?"),
      (["--nmae=a"], "--nmae is not an option; did you mean --name?"),
      (["----name", "a"], "----name is not an option; did you mean --name?"),
      (["-name", "a"], "-name is not an option; did you mean --name?"),
      (["--verbose"], "--verbose is not an option"), (["-x"], "-x is not an option"),
      (["--name"], "--name needs a value"),
      (
        ["--name", "--quiet"],
        "--name needs a value, and --quiet reads like an option; as a value it is written --name=--quiet"
      ),
      (["--name", "-h"], "--name needs a value, and -h reads like an option; as a value it is written --name=-h"),
      (["--quiet=yes"], "--quiet takes no value"), (["--help=yes"], "--help takes no value"),
      (["--count", "1", "--count=1"], "--count is given twice, and counts once"),
      (
        ["what", "is", "it"],
        "There are 3 words without an option, what and is among them; write a text in quotation marks, and several with "
          + "--name before each"
      ),
    ])
  func refusals(words: [String], expected: String) { #expect(problem(words) == expected) }

  @Test(
    "Numbers and lists are read whole",
    arguments: [
      ("rate", "fast", "--rate fast is not a number that can be used here"),
      ("rate", ",,0.5", "--rate ,,0.5 has an item that is empty"),
      ("rate", "0.5,", "--rate 0.5, has an item that is empty"), ("rate", "", "--rate  has an item that is empty"),
    ])
  func numbers(name: String, value: String, expected: String) throws {
    let arguments = try parse("--\(name)=\(value)")
    let error = #expect(throws: UsageError.self) { try arguments.list(name, of: Float.self) }
    #expect(error?.problem == expected)
  }

  @Test func aCountIsAWholeNumberAboveNothing() throws {
    for (value, expected) in [
      ("0", "--count 0 is below 1"), ("1.5", "--count 1.5 is not a whole number that can be used here"),
    ] {
      let arguments = try parse("--count", value)
      let error = #expect(throws: UsageError.self) { try arguments.count("count") }
      #expect(error?.problem == expected)
    }
    #expect(try parse("--count", "3").count("count") == 3)
  }

  @Test(arguments: ["-h", "--help"]) func helpIsNotAProblem(word: String) throws {
    let error = try #require(throws: UsageError.self) { try parse("--quiet", word, "--nonsense") }
    #expect(error.problem == nil && error.usage == form.usage)
  }

  @Test func theVersionIsAnAnswer() throws {
    let error = try #require(throws: UsageError.self) { try parse("--version") }
    #expect(error.problem == nil && error.description == toolVersion)
  }

  @Test func theHelpIsWrittenFromTheForm() {
    #expect(
      form.usage == """
        usage: test [TEXT] [options]

        Does nothing.

          --name TEXT             a name; may be repeated
          --rate N,N              some rates
          --count N               a count
          --quiet                 say less
          -h, --help              show this
          --version               show the version
          --generate-completion-script SHELL write a script for bash or zsh that completes the options
        """)
  }

  @Test func aProblemIsShownWithTheWayToTheHelp() throws {
    let error = try #require(throws: UsageError.self) { try parse("--nmae") }
    #expect(
      error.localizedDescription == """
        --nmae is not an option; did you mean --name?

        usage: test [TEXT] [options]
        --help says more.
        """)
  }

  @Test func aDefaultIsShownAndRead() throws {
    let form = CommandForm(
      "test", "",
      options: [.value("steps", "N,N", "some steps", default: "1,5"), .value("limit", "N", "a limit (all)")])
    #expect(form.usage.contains("  --steps N,N             some steps (1,5)\n"))
    let arguments = try Arguments([], for: form)
    #expect(try arguments.list("steps") == [1, 5] && !arguments.has("steps") && arguments.count("limit") == nil)
    #expect(try Arguments(["--steps", "3"], for: form).list("steps") == [3])
  }

  @Test func commandsOfAProgramAreFoundByTheirWords() async throws {
    let program = ExampleSupport.Program(
      "tool", commands: [Command(CommandForm("tool run", "Runs.", brief: "runs it", options: [])) { _ in }],
      sharedTitle: "All take:", shared: [.value("size", "N", "a size")])
    try await program.run(["run"])
    let help = await #expect(throws: UsageError.self) { try await program.run([]) }
    #expect(help?.problem == nil)
    #expect(help?.usage.hasPrefix("usage: tool COMMAND [options]\n\n  run    runs it\n") == true)
    #expect(help?.usage.contains("  --size N  ") == true)
    let near = await #expect(throws: UsageError.self) { try await program.run(["rum"]) }
    #expect(near?.problem == "rum is not a command; did you mean run?")
    let version = await #expect(throws: UsageError.self) { try await program.run(["run", "--version"]) }
    #expect(version?.usage == toolVersion)
  }
}
