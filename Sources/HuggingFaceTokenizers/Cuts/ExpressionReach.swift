internal import Foundation

/// The strings that a regular expression can match around cut points, derived from its parts.
///
/// An expression is read as alternatives of characters, classes and their repetitions. Syntax that looks around or back
/// (`^`, `\b`, look-behinds, back references), and any other syntax that is not understood, makes the reach unknown.
/// The exceptions are the white-space endings of published patterns, `\s+(?!\S)` and `\s+$`.
struct ExpressionReach {
  /// Whether a match may contain a space and a character before it that is not white space.
  private(set) var crossesSpace = false
  /// Whether a match may contain a line feed and a letter after it.
  private(set) var crossesLineFeed = false
  /// Whether every space is matched.
  private(set) var coversSpace = false
  /// Whether every line feed is matched.
  private(set) var coversLineFeed = false
  /// Whether any match may contain a space, or a line feed.
  private(set) var canMatchSpace = false
  private(set) var canMatchLineFeed = false

  /// A character or a class, and how often it may be repeated.
  private struct Atom {
    var source: String
    var isOptional = false
    var repeats = false
  }

  private enum Ending {
    case none
    /// `(?!\S)`.
    case beforeSpace
    /// `$`.
    case lineEnd
  }

  /// Reads an expression; `nil` where its reach cannot be determined.
  init?(_ expression: String) {
    // Files write line ends as escapes or literally.
    if expression.unicodeScalars.contains("\\"), Self.escapesLineEnd(expression) { return nil }
    let escapes: [Unicode.Scalar: String] = ["\r": "\\r", "\n": "\\n", "\t": "\\t"]
    var reader = ExpressionReader(expression.unicodeScalars.map { escapes[$0] ?? String($0) }.joined())
    var endings: [Ending] = []
    repeat {
      guard let (atoms, ending) = Self.alternative(&reader) else { return nil }
      endings.append(ending)
      add(atoms, ending)
    } while reader.skip("|")
    guard reader.isAtEnd else { return nil }
    // At the end of the text such an alternative matches a line feed; where a letter follows, another one must.
    if endings.contains(.beforeSpace), !(coversSpace && coversLineFeed) { return nil }
    if endings.contains(.lineEnd) { crossesLineFeed = true }
  }

  private mutating func add(_ atoms: [Atom], _ ending: Ending) {
    let spaces = atoms.map { Self.matches($0.source, " ") }
    let lineFeeds = atoms.map { Self.matches($0.source, "\n") }
    for (index, atom) in atoms.enumerated() {
      if spaces[index] {
        canMatchSpace = true
        let before = atoms[..<index] + (atom.repeats ? [atom] : [])
        if !before.allSatisfy({ Self.whiteSpace.contains($0.source) }) { crossesSpace = true }
      }
      if lineFeeds[index] {
        canMatchLineFeed = true
        let after = atoms[(index + 1)...] + (atom.repeats ? [atom] : [])
        if !after.allSatisfy({ Self.holdsNoLetter($0.source) }) { crossesLineFeed = true }
      }
    }
    if atoms.count == 1, ending == .none {
      coversSpace = coversSpace || spaces[0]
      coversLineFeed = coversLineFeed || lineFeeds[0]
    }
  }

  /// Atoms that match white space alone.
  private static let whiteSpace: Set = [" ", "\\s", "\\r", "\\n", "\\t", "\n", "\r", "[\\r\\n]", "[\\n\\r]"]

  private static func escapesLineEnd(_ expression: String) -> Bool {
    zip(expression.unicodeScalars, expression.unicodeScalars.dropFirst()).contains {
      $0 == "\\" && "\r\n\t".unicodeScalars.contains($1)
    }
  }

  private static func holdsNoLetter(_ source: String) -> Bool {
    if whiteSpace.contains(source) { return true }
    guard source.hasPrefix("["), source.hasSuffix("]") else { return false }
    let inside = source.dropFirst().dropLast().replacing("\\r", with: "").replacing("\\n", with: "")
    return inside.allSatisfy { "/.,;:!?".contains($0) }
  }

  private static func matches(_ source: String, _ character: String) -> Bool {
    guard let expression = try? NSRegularExpression(pattern: source) else { return true }
    return expression.firstMatch(in: character, range: NSRange(location: 0, length: 1))?.range.length == 1
  }

  private static func alternative(_ reader: inout ExpressionReader) -> ([Atom], Ending)? {
    var atoms: [Atom] = []
    while let next = reader.next, next != "|" {
      if reader.skip("(?!\\S)") || reader.skip("$") {
        guard atoms.count == 1, atoms[0].source == "\\s", reader.next.map({ $0 == "|" }) ?? true else { return nil }
        return (atoms, reader.isAfter("$") ? .lineEnd : .beforeSpace)
      }
      guard let source = reader.atom() else { return nil }
      var atom = Atom(source: source)
      if let quantifier = reader.quantifier() {
        atom.isOptional = quantifier != "+" && !quantifier.hasPrefix("{")
        if quantifier.hasPrefix("{0") { atom.isOptional = true }
        atom.repeats = quantifier != "?"
        // Lazy and possessive forms choose among the same matches.
        if !reader.skip("?") { _ = reader.skip("+") }
      }
      atoms.append(atom)
    }
    // An alternative that matches the empty string would match everywhere.
    return atoms.allSatisfy(\.isOptional) ? nil : (atoms, .none)
  }
}

/// Reads a regular expression part by part.
private struct ExpressionReader {
  private let text: [Character]
  private var position = 0

  /// Scalars, not characters: a character of several scalars would hide those with a special meaning.
  init(_ text: String) {
    self.text = text.unicodeScalars.map(Character.init)
  }

  var isAtEnd: Bool { position == text.count }
  var next: Character? { isAtEnd ? nil : text[position] }
  func isAfter(_ character: Character) -> Bool { position > 0 && text[position - 1] == character }

  mutating func skip(_ part: String) -> Bool {
    guard text[position...].starts(with: part) else { return false }
    position += part.count
    return true
  }

  /// A character, an escape, a class or a group of plain words; `nil` for anything else.
  mutating func atom() -> String? {
    let start = position
    guard let first = next else { return nil }
    switch first {
    case "\\": guard skipEscape() else { return nil }
    case "[": guard skipClass() else { return nil }
    case "(": guard skipWords() else { return nil }
    case "^", ")", "*", "+", "?", "{", "}", "]": return nil
    default: position += 1
    }
    return String(text[start..<position])
  }

  /// `?`, `*`, `+` or `{…}`, if one comes next.
  mutating func quantifier() -> String? {
    guard let first = next, "?*+{".contains(first) else { return nil }
    let start = position
    position = first == "{" ? (text[position...].firstIndex(of: "}") ?? text.count - 1) + 1 : position + 1
    return String(text[start..<position])
  }

  private mutating func skipEscape() -> Bool {
    guard position + 1 < text.count else { return false }
    let letter = text[position + 1]
    position += 2
    if "pP".contains(letter) {
      guard next == "{", let end = text[position...].firstIndex(of: "}") else { return false }
      position = end + 1
      return true
    }
    return "sSdDwWrnt".contains(letter) || letter.isPunctuation || letter.isSymbol
  }

  private mutating func skipClass() -> Bool {
    var depth = 0
    while let character = next {
      position += character == "\\" ? 2 : 1
      if character == "[" { depth += 1 }
      if character == "]" { depth -= 1 }
      if depth == 0 { return true }
      if position > text.count { return false }
    }
    return false
  }

  private mutating func skipWords() -> Bool {
    guard skip("(?i:") || skip("(?:"), let end = text[position...].firstIndex(of: ")") else { return false }
    let words = text[position..<end]
    position = end + 1
    return words.allSatisfy { $0.isLetter && $0.isASCII || "'’|[]".contains($0) }
  }
}
