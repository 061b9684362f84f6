import Testing

@testable import HuggingFaceTokenizers

@Suite("Regular expressions as Oniguruma reads them")
struct ExpressionTests {
  private let field = JSONField(value: .null, file: "tokenizer.json", location: "pattern")

  private func parts(_ expression: String, _ text: String) throws -> [String] {
    let split = PatternSplit(pattern: try Pattern(expression: expression, at: field), behavior: .isolated)
    return split.split(Piece(text: Array(text.utf8)[...], position: .start), strays: nil).map(\.text.string)
  }

  @Test(
    "Split as the library splits",
    arguments: [
      (#"\b"#, "a² b\u{200D}c é_1 ١ x", ["a²", " ", "b", "\u{200D}", "c", " ", "é_1", " ", "١", " ", "x"]),
      (#"\b."#, "a²b ½ \u{200D}\u{200D} e\u{301}", ["a", "²b", " ", "½", " ", "\u{200D}\u{200D} ", "e", "\u{301}"]),
      (#"\B."#, "a²b ½ x", ["a", "²", "b", " ½ x"]),
      (#"\w+"#, "a² \u{200D}b½", ["a²", " \u{200D}", "b½"]),
      (#"[^\w\s]+"#, "a² !\u{200D}b", ["a", "²", " ", "!\u{200D}", "b"]),
      (#"\W+"#, "a²! b", ["a²", "! ", "b"]), (#"[\W]+"#, "a²! b", ["a", "²! ", "b"]),
      (#"[[:punct:]]+"#, "a+$b.<>~€c", ["a", "+$", "b", ".<>~€", "c"]), (#"[^[:punct:]]+"#, "a+b", ["a", "+", "b"]),
      (#"[[:^punct:]x]+"#, "ax+b", ["ax", "+", "b"]), (#"\p{^Lu}+"#, "abC", ["ab", "C"]),
      (#"\P{^Lu}+"#, "abCD", ["ab", "CD"]), (#"[\p{^Lu}]+"#, "abC", ["ab", "C"]),
      (#"\p{Word}+"#, "²a!", ["²a", "!"]), (#"[[:word:]]+"#, "²a!", ["²", "a", "!"]),
      (#"\p{N}{1,3}+"#, "1234567 12", ["1234567", " ", "12"]),
      (#"\p{N}{3}?"#, "1234567", ["123", "456", "7"]), (#"\p{N}{1,3}?"#, "123", ["1", "2", "3"]),
      (#"(?:ab){1,2}+c"#, "ababababc", ["ababababc"]), (#"[:;]+"#, "a:;b", ["a", ":;", "b"]),
      (#"[:alpha:]+"#, "alz:", ["al", "z", ":"]), (#"\v"#, "a\u{B}\nb", ["a", "\u{B}", "\nb"]),
      (#"(?i)ab|c"#, "aB C a", ["aB", " ", "C", " a"]), (#"(?<=a|bc)d"#, "adbcd", ["a", "d", "bc", "d"]),
      (#"(?<x>a)\k<x>"#, "aab", ["aa", "b"]), (#"[a-z&&[^aeiou]]+"#, "abec", ["a", "b", "e", "c"]),
    ])
  func splits(expression: String, text: String, expected: [String]) throws {
    let found = try parts(expression, text)
    #expect(found.map { Array($0.utf8) } == expected.map { Array($0.utf8) }, "\(expression): \(found)")
  }

  @Test(
    "Expressions that ICU cannot express are refused by name",
    arguments: [
      (#"\X"#, #"\X"#), (#"a\K"#, #"\K"#), (#"[\b]"#, #"\b"#), (#"\Ga"#, #"\G"#), (#"\Qa"#, #"\Q"#),
      (#"(?m:.)"#, "(?m"), (#"(?im:.)"#, "(?im"), (#"(?x: a)"#, "(?x"), (#"a(?i)b|c"#, "(?i)"),
      (#"(?i)\p{Lu}"#, #"\p{Lu}"#), (#"(?i:a[\p{Ll}])"#, #"\p{Ll}"#), (#"[[a-c]--[b]]"#, "--"), (#"[a-z-[b]]"#, "-["),
      (#"[]a]"#, "[]"), (#"\h+"#, #"\h"#), (#"("#, "("), (#"\p{L&}"#, #"\p{L&}"#),
    ])
  func foreign(expression: String, construct: String) throws {
    let error = try #require(throws: TokenizerError.self) { try Pattern(expression: expression, at: field) }
    #expect(error.code == .unsupported)
    #expect(error.problem.contains(expression))
    #expect(error.problem.contains(construct), "\(error)")
  }

  @Test("Published expressions are left as they are")
  func published() throws {
    for expression in [
      #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"#,
      ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*"##,
      #"(?i:'s|'t)|(?=a)(?!b)(?<=c)(?<!d)(?>e)(?<name>f)|^g$|\A\Z\z\d\D\S\R\t\x{41}\u00E9{a}"#,
    ] {
      #expect(try RubyExpression.translated(expression) == expression)
    }
  }
}
