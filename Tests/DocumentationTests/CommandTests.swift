import DocumentSupport
import Evaluation
import Foundation
import Testing

/// Commands in documents name existing programs, options, rules and files.
@Suite struct CommandTests {
  /// The commands of a document, in its shell blocks and in inline code.
  private static func commands(of document: Document) -> [(line: String, words: [String])] {
    let blocks = document.passages.joined().filter { $0.language == "sh" }.map { $0.lines.joined(separator: "\n") }
    let inline = document.prose.joined(separator: "\n").matches(of: /`([^`\n]+)`/).map { String($0.1) }
    return (blocks + inline).flatMap { text in ShellWords.commands(in: text).map { (text, $0) } }
  }

  @Test func programsKnowTheOptionsThatTheyAreGiven() throws {
    var usages = try Usages()
    var count = 0
    for document in try Repository.documents() where document.path != "CHANGELOG.md" {
      for (text, words) in Self.commands(of: document) {
        guard let call = Usages.call(in: words) else { continue }
        let known = usages.options(of: call.command)
        #expect(known != nil, "\(document.path): there is no command \(call.command): \(text)")
        for option in call.options {
          count += 1
          let isKnown = known?.contains(option) ?? false
          #expect(isKnown, "\(document.path): \(call.command) has no option \(option)")
        }
      }
    }
    #expect(count > 100)
  }

  @Test func rulesCanBeRead() throws {
    var count = 0
    for document in try Repository.documents() where document.path != "CHANGELOG.md" {
      for (_, words) in Self.commands(of: document) {
        for (option, value) in zip(words, words.dropFirst()) where option == "--rule" {
          // The last is `benchmark ensemble`'s name for no rule, or a placeholder.
          guard !value.contains("$"), value != "none", value != "RULE" else { continue }
          count += 1
          #expect(throws: Never.self, "\(document.path): \(value)") { try NamedRule(value) }
        }
      }
    }
    #expect(count > 20)
  }

  @Test func filesOfTheRepositoryAreThere() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: Repository.folder.path)
      .filter { !$0.hasPrefix(".") && Repository.holds($0 + "/.") }
    var count = 0
    for document in try Repository.documents() where document.path.hasSuffix(".md") {
      for (_, words) in Self.commands(of: document) {
        for word in words where folders.contains(where: { word.hasPrefix($0 + "/") }) && !word.contains("/.build/") {
          guard !word.contains("*") else { continue }
          count += 1
          // In inline code, a page may name a file beside it.
          let beside = URL(filePath: document.path).deletingLastPathComponent().relativePath + "/" + word
          #expect(Repository.holds(word) || Repository.holds(beside), "\(document.path): \(word)")
        }
      }
    }
    #expect(count > 20)
  }
}

/// The options of the repository's programs, according to their sources.
private struct Usages {
  private static let anyProgram = "any program"
  private static let programs = ["generate", "custom-backend", "first-answer", "evaluate", "benchmark"]
  private let texts: [(path: String, text: String)]
  private let scripts: [String]
  private var known: [String: Set<String>] = [:]

  init() throws {
    texts = try Repository.swiftFiles(in: "Examples/Sources", "Benchmarks/Sources")
    scripts = try ["Benchmarks/models/make_models.py", "Tools/models/bring.py"].map(Repository.text)
  }

  /// The command that some words call, with its options.
  static func call(in words: [String]) -> (command: String, options: [String])? {
    let options: ([String].SubSequence) -> [String] = { rest in
      rest.filter { $0.hasPrefix("--") && $0.count > 2 }.map { String($0.prefix { $0 != "=" }) }
    }
    // An option alone in inline code may be any program's.
    if let first = words.first, first.hasPrefix("--") { return (anyProgram, options(words[...])) }
    let script = /Tools\/[a-z\-]+|(?:Benchmarks|Tests)\/[\w\/]+\.py/
    if let index = words.firstIndex(where: { $0.wholeMatch(of: script) != nil }) {
      return (words[index], options(words[(index + 1)...]))
    }
    let names = words.map { $0.split(separator: "/").last.map(String.init) ?? "" }
    guard let index = names.firstIndex(where: { programs.contains($0) }) else { return nil }
    let program = names[index]
    guard ["evaluate", "benchmark"].contains(program), index + 1 < words.count,
      words[index + 1].wholeMatch(of: /[a-z]+/) != nil
    else { return (program, options(words[(index + 1)...])) }
    return ("\(program) \(words[index + 1])", options(words[(index + 2)...]))
  }

  /// The options in a command's source, and those of all commands; `nil` where there is no such
  /// command.
  mutating func options(of command: String) -> Set<String>? {
    if let options = known[command] { return options }
    guard let text = text(of: command) else { return nil }
    let written = text.matches(of: /--[a-z][a-z\-]*/).map { String($0.0) }
    let described = text.matches(of: /\.?(?:values?|flag)\(\s*"([a-z\-]+)"/).map { "--\($0.1)" }
    known[command] = Set(written + described + ["--help", "--version", "--generate-completion-script"])
    return known[command]
  }

  private func text(of command: String) -> String? {
    // `--traits` is Swift's, and so is `--filter`, which `Tools/test` hands on.
    if command == Self.anyProgram { return (texts.map(\.text) + scripts).joined() + " --traits" }
    if command.hasPrefix("Tools/") || command.hasSuffix(".py") {
      // `Tools/demo` hands on what it does not know itself, and a Python file reads the options of `Tools/real-models`.
      let rest =
        switch command {
        case "Tools/test": " --filter"
        case "Tools/demo": text(of: "generate") ?? ""
        case "Tools/real-models": (try? Repository.text(of: "Tools/models/bring.py")) ?? ""
        default: ""
        }
      return (try? Repository.text(of: command)).map { $0 + rest }
    }
    // Commands without options.
    if ["first-answer", "evaluate rules"].contains(command) { return "" }
    // A command's options are in its form, which begins with its name.
    let name = command.split(separator: " ").last.map(String.init) ?? command
    let form = try? Regex(#"(CommandForm|Options\.form|Program)\(\s*"(evaluate )?\#(name)""#)
    let own = texts.filter { text in form.map { text.text.contains($0) } ?? false }
    guard !own.isEmpty else { return nil }
    let shared = texts.filter {
      $0.path.hasSuffix("/Benchmark.swift") || $0.path.hasSuffix("/benchmark/Options.swift")
        || $0.path.contains("/ExampleSupport/")
    }
    return (own + shared).map(\.text).joined()
  }
}

/// Splits shell text into commands and words; only as much of a shell as documents need.
private enum ShellWords {
  static func commands(in text: String) -> [[String]] {
    var commands: [[String]] = [[]]
    var word = ""
    var isWord = false
    var quote: Character?
    func end() {
      if isWord { commands[commands.count - 1].append(word) }
      word = ""
      isWord = false
    }
    var rest = Substring(text.replacing("\\\n", with: " "))
    while let next = rest.popFirst() {
      if let open = quote {
        if next == open { quote = nil } else { word.append(next) }
        continue
      }
      switch next {
      case "'", "\"":
        quote = next
        isWord = true
      case "#" where !isWord: rest = rest.drop { $0 != "\n" }
      case "\n", ";", "|", "&", "(", ")":
        end()
        commands.append([])
      case " ", "[", "]": end()
      default:
        word.append(next)
        isWord = true
      }
    }
    end()
    return commands.filter { !$0.isEmpty }
  }
}
