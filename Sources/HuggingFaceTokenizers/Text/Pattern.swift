internal import Foundation

/// What a component looks for in a text: a fixed string or a regular expression.
///
/// Published files write regular expressions for Oniguruma with Ruby's syntax: `^` and `$` match at every line, and a
/// dot matches everything but a line feed. ICU's engine is told so. Syntax that ICU reads otherwise is rewritten or
/// refused (``RubyExpression``).
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

  /// The places of all matches, from left to right, without overlap.
  func matches(in text: ArraySlice<UInt8>) -> [Range<Int>] {
    switch self {
    case .string(let string): Pattern.places(of: string, in: text)
    case .expression(let expression): Pattern.places(of: expression, in: text)
    }
  }

  private static func places(of string: [UInt8], in text: ArraySlice<UInt8>) -> [Range<Int>] {
    var places: [Range<Int>] = []
    guard let first = string.first else { return places }
    var index = text.startIndex
    while index + string.count <= text.endIndex {
      if text[index] == first, text[index..<index + string.count].elementsEqual(string) {
        places.append(index..<index + string.count)
        index += string.count
      } else {
        index += 1
      }
    }
    return places
  }

  private static func places(of expression: NSRegularExpression, in text: ArraySlice<UInt8>) -> [Range<Int>] {
    var places: [Range<Int>] = []
    let string = text.string
    // The expression counts in UTF-16; this walks along in UTF-8.
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
      places.append(start..<advance(to: range.location + range.length))
    }
    return places
  }

  /// The text with every match replaced by fixed bytes.
  func replacing(in text: ArraySlice<UInt8>, with replacement: [UInt8]) -> ArraySlice<UInt8> {
    let places = matches(in: text)
    if places.isEmpty { return text }
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var end = text.startIndex
    for place in places {
      result.append(contentsOf: text[end..<place.lowerBound])
      result.append(contentsOf: replacement)
      end = place.upperBound
    }
    result.append(contentsOf: text[end...])
    return result[...]
  }
}
