/// Finds the numbers in a text, as written by people and language models.
///
/// - Thousands are separated by commas or by spaces, in groups of three: `1,234,567`, `1 000`. Other commas separate
///   numbers.
/// - A minus sign, U+2212 or a hyphen, comes before the number or before its currency: `-$5`. After a letter, a digit
///   or a bracket it is a hyphen or a subtraction.
/// - `5/6` is a fraction, in its lowest terms. Texts such as `3.14.15`, `1/2/2020` or `1e3` are no numbers.
struct NumberReader {
  private let text: [UnicodeScalar]
  private var position = 0

  private init(_ text: String) {
    self.text = Array(text.unicodeScalars)
  }

  /// The last number of a text, in one spelling for each value; `nil` where there is none.
  static func lastNumber(in text: String) -> String? {
    var reader = NumberReader(text)
    var last: String?
    while reader.position < reader.text.count {
      guard let start = reader.startOfNumber() else {
        reader.position += 1
        continue
      }
      if let value = reader.value() { last = reader.isNegative(at: start) && value != "0" ? "-" + value : value }
    }
    return last
  }

  /// The start of a number that begins here, if one does.
  private func startOfNumber() -> Int? {
    if isDigit(position) { return position }
    guard scalar(position) == ".", isDigit(position + 1) else { return nil }
    // The full stop of "Rs.500" or of an ellipsis is no decimal point.
    guard let before = scalar(position - 1) else { return position }
    return before == "." || before.properties.isAlphabetic ? nil : position
  }

  /// Reads a number and advances past it; `nil` for a text that only looks like one.
  private mutating func value() -> String? {
    var whole = digits()
    let hasGroups = !whole.isEmpty && readGroups(into: &whole)
    var fraction = ""
    var isNumber = true
    while scalar(position) == ".", isDigit(position + 1) {
      position += 1
      isNumber = isNumber && fraction.isEmpty
      fraction = digits()
    }
    if skipExponent() { return nil }
    guard isNumber else { return nil }
    if !hasGroups, fraction.isEmpty {
      switch readDenominator(of: whole) {
      case .fraction(let quotient): return quotient
      case .date: return nil
      case .none: break
      }
    }
    while fraction.last == "0" { fraction.removeLast() }
    return Self.plain(whole) + (fraction.isEmpty ? "" : "." + fraction)
  }

  private mutating func digits() -> String {
    var digits = ""
    while isDigit(position), let digit = scalar(position) {
      digits.unicodeScalars.append(digit)
      position += 1
    }
    return digits
  }

  /// Reads groups of three digits, with one kind of separator before all of them.
  private mutating func readGroups(into whole: inout String) -> Bool {
    guard whole.count <= 3, let separator = scalar(position), Self.separators.contains(separator) else { return false }
    var found = false
    while scalar(position) == separator, (1...3).allSatisfy({ isDigit(position + $0) }), !isDigit(position + 4) {
      position += 1
      whole += digits()
      found = true
    }
    return found
  }

  private static let separators: Set<UnicodeScalar> = [",", " ", "\u{A0}", "\u{2009}", "\u{202F}"]

  /// Skips an exponent: evaluation harnesses do not read them.
  private mutating func skipExponent() -> Bool {
    guard scalar(position) == "e" || scalar(position) == "E" else { return false }
    let sign = scalar(position + 1) == "-" || scalar(position + 1) == "+" ? 1 : 0
    guard isDigit(position + 1 + sign) else { return false }
    position += 1 + sign
    _ = digits()
    return true
  }

  /// The reading of a bar after a number.
  private enum Quotient {
    case none
    case fraction(String)
    case date
  }

  /// Reads the denominator after a fraction's bar. A date has more than one bar.
  private mutating func readDenominator(of numerator: String) -> Quotient {
    guard isBar(position) else { return .none }
    let start = position
    position += 1
    let denominator = digits()
    guard !isBar(position) else {
      while isBar(position) {
        position += 1
        _ = digits()
      }
      return .date
    }
    let goesOn = (scalar(position) == "." || scalar(position) == ",") && isDigit(position + 1)
    guard !goesOn, let above = Int(numerator), let below = Int(denominator), below > 0 else {
      position = start
      return .none
    }
    var (divisor, rest) = (above, below)
    while rest != 0 { (divisor, rest) = (rest, divisor % rest) }
    return .fraction(below == divisor ? "\(above / divisor)" : "\(above / divisor)/\(below / divisor)")
  }

  private func isBar(_ position: Int) -> Bool {
    (scalar(position) == "/" || scalar(position) == "\u{2044}") && isDigit(position + 1)
  }

  private func isNegative(at start: Int) -> Bool {
    var sign = start - 1
    while let currency = scalar(sign), currency.properties.generalCategory == .currencySymbol { sign -= 1 }
    guard let mark = scalar(sign), ["-", "\u{2212}", "\u{2013}", "\u{FE63}", "\u{FF0D}"].contains(mark) else {
      return false
    }
    guard let before = scalar(sign - 1) else { return true }
    return !(before.properties.isAlphabetic || before.properties.numericType != nil || before == ")" || before == "]")
  }

  private func scalar(_ position: Int) -> UnicodeScalar? { text.indices.contains(position) ? text[position] : nil }

  private func isDigit(_ position: Int) -> Bool { scalar(position).map { ("0"..."9").contains($0) } ?? false }

  /// The digits without leading zeros.
  private static func plain(_ digits: String) -> String {
    let significant = digits.drop { $0 == "0" }
    return significant.isEmpty ? "0" : String(significant)
  }
}
