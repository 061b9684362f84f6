/// Translates a regular expression from Oniguruma's Ruby syntax, as in published files, to ICU's.
///
/// The two syntaxes are nearly the same. Where they differ in meaning, the expression is
/// rewritten (`\w`, `\b`, `\v`, `[[:punct:]]`, `\p{Word}`, `\p{^L}`, `{1,3}+`) or, if ICU has no equivalent, refused.
struct RubyExpression {
  /// A construct without an equivalent in ICU, and its meaning.
  struct Foreign: Error {
    var construct: String
    var meaning: String
  }

  /// Letters, marks, decimal digits and connectors; unlike ICU's `\w`, without joiners.
  private static let word = #"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}"#
  /// Outside brackets, Oniguruma includes the superscripts and fractions of Latin-1 as well.
  private static let wordAlone = word + "²³¹¼½¾"

  private let source: [Unicode.Scalar]
  private var index = 0
  private var result = String.UnicodeScalarView()
  /// The index in `result` of the last atom that a quantifier can apply to.
  private var atomStart: String.UnicodeScalarView.Index
  /// The enclosing groups: their start indices in `result`, and whether case was ignored before them.
  private var groups: [(start: String.UnicodeScalarView.Index, ignoredCase: Bool)] = []
  private var ignoresCase = false
  private var isAtGroupStart = true

  /// The expression for ICU.
  ///
  /// - Throws: ``Foreign``.
  static func translated(_ expression: String) throws -> String {
    var translation = RubyExpression(expression)
    try translation.run()
    return String(translation.result)
  }

  private init(_ expression: String) {
    source = Array(expression.unicodeScalars)
    atomStart = result.endIndex
  }

  private var next: Unicode.Scalar? { index < source.count ? source[index] : nil }

  private mutating func append(_ text: some StringProtocol) { result.append(contentsOf: text.unicodeScalars) }

  private func follows(_ text: String) -> Bool { source[index...].starts(with: text.unicodeScalars) }

  private mutating func run() throws {
    while let scalar = next {
      let begins = isAtGroupStart
      isAtGroupStart = false
      switch scalar {
      case "\\":
        atomStart = result.endIndex
        try escape(isInSet: false)
      case "[":
        atomStart = result.endIndex
        try set()
      case "(": try open(isAtGroupStart: begins)
      case ")":
        if let group = groups.popLast() { (atomStart, ignoresCase) = (group.start, group.ignoredCase) }
        copy()
      case "|":
        copy()
        atomStart = result.endIndex
      case "?", "*", "+": copy()
      case "{": interval()
      default:
        atomStart = result.endIndex
        copy()
      }
    }
  }

  private mutating func copy() {
    result.append(source[index])
    index += 1
  }

  // MARK: - Escapes

  private mutating func escape(isInSet: Bool) throws {
    guard index + 1 < source.count else { return copy() }
    let letter = source[index + 1]
    let word = isInSet ? Self.word : Self.wordAlone
    let replacement: String
    switch letter {
    case "w": replacement = "[\(word)]"
    case "W": replacement = "[^\(word)]"
    case "v": replacement = #"\x0B"#
    case "b" where !isInSet: replacement = "(?:(?<=[\(word)])(?![\(word)])|(?<![\(word)])(?=[\(word)]))"
    case "B" where !isInSet: replacement = "(?:(?<=[\(word)])(?=[\(word)])|(?<![\(word)])(?![\(word)]))"
    case "p", "P": return try property(isInSet: isInSet)
    default:
      if let meaning = Self.foreignEscapes[letter] { throw Foreign(construct: "\\\(letter)", meaning: meaning) }
      copy()
      return copy()
    }
    append(replacement)
    index += 2
  }

  /// Escapes that have another meaning, or none, in one of the two engines.
  private static let foreignEscapes: [Unicode.Scalar: String] = [
    "h": "a hexadecimal digit", "H": "no hexadecimal digit", "K": "keep", "y": "a boundary", "Y": "no boundary",
    "O": "any character", "X": "a cluster of characters", "G": "where the last match ended", "Q": "the letter",
    "b": "a backspace", "B": "the letter",
  ]

  private mutating func property(isInSet: Bool) throws {
    guard index + 2 < source.count, source[index + 2] == "{", let end = source[index...].firstIndex(of: "}") else {
      copy()
      return copy()
    }
    var name = String(String.UnicodeScalarView(source[index + 3..<end]))
    var isNegated = source[index + 1] == "P"
    if name.hasPrefix("^") {
      name.removeFirst()
      isNegated.toggle()
    }
    let plain = name.lowercased().filter { !" _-".contains($0) }
    if ignoresCase, Self.casedProperties.contains(plain) {
      throw Foreign(construct: "\\p{\(name)} under (?i", meaning: "the case as written")
    }
    switch plain {
    case "word": append("[\(isNegated ? "^" : "")\(isInSet ? Self.word : Self.wordAlone)]")
    case "xdigit": append("[\(isNegated ? "^" : "")0-9A-Fa-f]")
    default: append("\\\(isNegated ? "P" : "p"){\(name)}")
    }
    index = end + 1
  }

  private static let casedProperties: Set = [
    "lu", "ll", "lt", "upper", "lower", "uppercase", "lowercase", "uppercaseletter", "lowercaseletter",
    "titlecaseletter", "cased", "changeswhenlowercased", "changeswhenuppercased",
  ]

  // MARK: - Sets

  private mutating func set() throws {
    copy()
    if next == "^" { copy() }
    if next == "]" { throw Foreign(construct: "[]", meaning: "a bracket in brackets") }
    // "[:" would begin one of ICU's own names.
    if next == ":" { append("\\") }
    while let scalar = next, scalar != "]" {
      switch scalar {
      case "\\": try escape(isInSet: true)
      case "[": if try !namedClass() { try set() }
      case "-" where follows("--") || follows("-["):
        throw Foreign(construct: "-\(source[index + 1])", meaning: "the characters")
      default: copy()
      }
    }
    if next != nil { copy() }
  }

  /// `[:name:]` inside brackets.
  private mutating func namedClass() throws -> Bool {
    guard follows("[:") else { return false }
    let inside = source[(index + 2)...]
    guard let end = inside.firstIndex(of: ":"), end + 1 < source.count, source[end + 1] == "]" else { return false }
    var name = String(String.UnicodeScalarView(source[index + 2..<end]))
    let isNegated = name.hasPrefix("^")
    if isNegated { name.removeFirst() }
    let members: String? =
      switch name {
      case "word": Self.word
      case "punct": #"\p{P}\p{S}"#
      case "xdigit": "0-9A-Fa-f"
      default: nil
      }
    append(members.map { "[\(isNegated ? "^" : "")\($0)]" } ?? "[:\(isNegated ? "^" : "")\(name):]")
    index = end + 2
    return true
  }

  // MARK: - Groups and quantifiers

  private mutating func open(isAtGroupStart begins: Bool) throws {
    let start = result.endIndex
    groups.append((start, ignoresCase))
    copy()
    isAtGroupStart = true
    guard next == "?", index + 1 < source.count else { return }
    let options = source[(index + 1)...].prefix { "imxsadu-".unicodeScalars.contains($0) }
    guard !options.isEmpty, let last = options.indices.last, last + 1 < source.count else {
      copy()
      // `(?:`, `(?<name>` and similar: the characters after the question mark are neither a quantifier nor an atom.
      if let kind = next, ":=!><".unicodeScalars.contains(kind) { copy() }
      if source[index - 1] == "<", let kind = next, "=!".unicodeScalars.contains(kind) { copy() }
      return
    }
    let written = String(String.UnicodeScalarView(options))
    if written.contains(where: { !"i-".contains($0) }) {
      throw Foreign(construct: "(?\(written)", meaning: "options other than the case")
    }
    ignoresCase = written.firstIndex(of: "i").map { !written[..<$0].contains("-") } ?? ignoresCase
    while index <= last { copy() }
    guard next == ")" else { return next == ":" ? copy() : () }
    // In Ruby, options in the middle apply to the rest of the group as a group of its own.
    if !begins { throw Foreign(construct: "(?\(written))", meaning: "options in the middle") }
    groups.removeLast()
    copy()
    atomStart = result.endIndex
  }

  /// `{n,m}`. In Ruby, a plus after it repeats it, and a question mark after `{n}` makes it optional.
  private mutating func interval() {
    let end = source[index...].firstIndex(of: "}")
    guard let end, source[index + 1..<end].allSatisfy({ $0 == "," || $0.properties.numericType == .decimal }) else {
      atomStart = result.endIndex
      return copy()
    }
    let isExact = !source[index..<end].contains(",")
    while index <= end { copy() }
    guard next == "+" || next == "?" && isExact else { return }
    result.insert(contentsOf: "(?:".unicodeScalars, at: atomStart)
    append(")")
  }
}
