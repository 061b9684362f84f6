internal import Foundation

/// A component's search pattern: a fixed string or a regular expression.
///
/// Published files write regular expressions for Oniguruma with Ruby's syntax: `^` and `$` match at every line, and a
/// dot matches everything but a line feed. ICU's options are set accordingly. Syntax with another meaning in ICU is
/// rewritten or refused (``RubyExpression``).
enum Pattern: Sendable {
  case string([UInt8])
  case expression(NSRegularExpression)

  /// Reads `{"String": …}` or `{"Regex": …}`.
  init(_ field: JSONField) throws {
    if let string = try field.optional("String") {
      let bytes = try string.bytes()
      guard !bytes.isEmpty else { throw string.unknown("an empty pattern") }
      self = .string(bytes)
    } else if let expression = try field.optional("Regex") {
      self = try Pattern(expression: expression.text(), at: expression)
    } else {
      throw field.fault("should hold a \"String\" or a \"Regex\"")
    }
  }

  /// Compiles a regular expression.
  ///
  /// - Throws: ``TokenizerError`` with the code `unsupported`, which shows the expression.
  init(expression: String, at field: JSONField) throws {
    do {
      try self.init(icu: RubyExpression.translated(expression))
    } catch let foreign as RubyExpression.Foreign {
      throw field.unknown("the regular expression \(expression), whose \(foreign.construct) (\(foreign.meaning))")
    } catch {
      throw field.unknown("the regular expression \(expression)")
    }
  }

  /// Compiles a regular expression that is meant for ICU.
  init(icu expression: String) throws {
    self = .expression(
      try NSRegularExpression(pattern: expression, options: [.anchorsMatchLines, .useUnixLineSeparators]))
  }

  /// The ranges of all matches, from left to right, without overlap.
  func matches(in text: ArraySlice<UInt8>) -> [Range<Int>] {
    switch self {
    case .string(let string): Pattern.ranges(of: string, in: text)
    case .expression(let expression): Pattern.ranges(of: expression, in: text)
    }
  }

  private static func ranges(of string: [UInt8], in text: ArraySlice<UInt8>) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    guard let first = string.first else { return ranges }
    var index = text.startIndex
    while index + string.count <= text.endIndex {
      if text[index] == first, text[index..<index + string.count].elementsEqual(string) {
        ranges.append(index..<index + string.count)
        index += string.count
      } else {
        index += 1
      }
    }
    return ranges
  }

  private static func ranges(of expression: NSRegularExpression, in text: ArraySlice<UInt8>) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    let string = text.string
    // Matches are in UTF-16 offsets; this converts them to UTF-8 offsets.
    var index = text.startIndex
    var units = 0
    func advance(to target: Int) -> Int {
      while units < target {
        let length = text.scalarLength(at: index)
        index += length
        units += length == 4 ? 2 : 1
      }
      return index
    }
    let whole = NSRange(location: 0, length: string.utf16.count)
    expression.enumerateMatches(in: string, range: whole) { match, _, _ in
      guard let range = match?.range else { return }
      let start = advance(to: range.location)
      ranges.append(start..<advance(to: range.location + range.length))
    }
    return ranges
  }

  /// The text with every match replaced by fixed bytes.
  func replacing(in text: ArraySlice<UInt8>, with replacement: [UInt8]) -> ArraySlice<UInt8> {
    let ranges = matches(in: text)
    if ranges.isEmpty { return text }
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var end = text.startIndex
    for range in ranges {
      result.append(contentsOf: text[end..<range.lowerBound])
      result.append(contentsOf: replacement)
      end = range.upperBound
    }
    result.append(contentsOf: text[end...])
    return result[...]
  }
}
