import ExampleSupport
import Foundation
import Testing

/// Scripts that complete a program's words, tried in the available shells.
@Suite(.timeLimit(.minutes(5))) struct CompletionTests {
  /// The completions that bash offers for a command line whose last word is being written.
  private func offers(_ program: String, _ words: [String]) throws -> Set<String> {
    let script = try Program(program, ["--generate-completion-script", "bash"])
    #expect(script.status == 0 && script.notes.isEmpty, "\(script.notes)")
    let function = "_" + program.replacing("-", with: "_")
    let line = ([program] + words).map { "'\($0)'" }.joined(separator: " ")
    let run = try Program(
      at: URL(filePath: "/bin/bash"),
      [
        "-c",
        script.output
          + "COMP_WORDS=(\(line)); COMP_CWORD=\(words.count); \(function); printf '%s\\n' \"${COMPREPLY[@]}\"",
      ])
    #expect(run.status == 0 && run.notes.isEmpty, "\(run.notes)")
    return Set(run.output.split(separator: "\n").map(String.init))
  }

  @Test func bashCompletesCommandsOptionsAndValues() throws {
    #expect(try offers("evaluate", ["co"]) == ["compare"])
    #expect(try offers("evaluate", [""]).isSuperset(of: ["compare", "rules", "--help"]))
    #expect(try offers("evaluate", ["compare", "--mo"]) == ["--model"])
    #expect(try offers("evaluate", ["compare", "--format", "m"]) == ["mmlu"])
    #expect(try offers("evaluate", ["study", "norm"]) == ["normalisation"])
    #expect(try offers("evaluate", ["score", "--text", #filePath]) == [#filePath])
    #expect(try offers("evaluate", ["compare", "--limit", ""]).isEmpty)
    #expect(try offers("generate", ["--max"]) == ["--maximum-tokens"])
    #expect(try offers("custom-backend", ["--te"]) == ["--text", "--template"])
  }

  @Test(arguments: ["generate", "custom-backend", "evaluate"]) func zshGetsEveryOption(program: String) throws {
    let script = try Program(program, ["--generate-completion-script=zsh"])
    #expect(script.status == 0 && script.output.hasPrefix("#compdef \(program)\n"), "\(script.notes)")
    #expect(script.output.contains("'--context[") && script.output.contains(":PATH:_files'"))
    let zsh = URL(filePath: "/usr/bin/zsh")
    guard FileManager.default.isExecutableFile(atPath: zsh.path) else { return }
    let run = try Program(at: zsh, ["-nc", script.output])
    #expect(run.status == 0 && run.notes.isEmpty, "\(run.notes)")
  }

  @Test func anotherShellIsRefused() throws {
    for words in [["--generate-completion-script", "fish"], ["--generate-completion-script"]] {
      let run = try Program("evaluate", words)
      #expect(run.status == 2 && run.notes.contains("is not one of bash, zsh"), "\(run.notes)")
    }
  }
}
