/// Finds the numbers in a text, as written by people and language models.
///
/// - Thousands are separated by commas or by spaces, in groups of three: `1,234,567`, `1 000`. Other commas separate
///   numbers.
/// - A minus sign, U+2212 or a hyphen, comes before the number or before its currency: `-$5`. After a letter, a digit
///   or a bracket it is a hyphen or a subtraction.
/// - `5/6` is a fraction, in its lowest terms. Texts such as `3.14.15`, `1/2/2020` or `1e3` are no numbers.
struct NumberReader {
  private let text: [UnicodeScalar]
  private var place = 0

  private init(_ text: String) {
    self.text = Array(text.unicodeScalars)
  }

  /// The last number of a text, in one spelling for each value; `nil` where there is none.
  static func lastNumber(in text: String) -> String? {
    var reader = NumberReader(text)
    var last: String?
    while reader.place < reader.text.count {
      guard let start = reader.startOfNumber() else {
        reader.place += 1
        continue
      }
      if let value = reader.value() { last = reader.isNegative(at: start) && value != "0" ? "-" + value : value }
    }
    return last
  }

  /// The start of a number that begins here, if one does.
  private func startOfNumber() -> Int? {
    if isDigit(place) { return place }
    guard scalar(place) == ".", isDigit(place + 1) else { return nil }
    // The full stop of "Rs.500" or of an ellipsis is no decimal point.
    guard let before = scalar(place - 1) else { return place }
    return before == "." || before.properties.isAlphabetic ? nil : place
  }

  /// Reads a number and advances past it; `nil` for a text that only looks like one.
  private mutating func value() -> String? {
    var whole = digits()
    let hasGroups = !whole.isEmpty && readGroups(into: &whole)
    var fraction = ""
    var isNumber = true
    while scalar(place) == ".", isDigit(place + 1) {
      place += 1
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
    while isDigit(place), let digit = scalar(place) {
      digits.unicodeScalars.append(digit)
      place += 1
    }
    return digits
  }

  /// Reads groups of three digits, with one kind of separator before all of them.
  private mutating func readGroups(into whole: inout String) -> Bool {
    guard whole.count <= 3, let separator = scalar(place), Self.separators.contains(separator) else { return false }
    var found = false
    while scalar(place) == separator, (1...3).allSatisfy({ isDigit(place + $0) }), !isDigit(place + 4) {
      place += 1
      whole += digits()
      found = true
    }
    return found
  }

  private static let separators: Set<UnicodeScalar> = [",", " ", "\u{A0}", "\u{2009}", "\u{202F}"]

  /// Skips an exponent: evaluation harnesses do not read them.
  private mutating func skipExponent() -> Bool {
    guard scalar(place) == "e" || scalar(place) == "E" else { return false }
    let sign = scalar(place + 1) == "-" || scalar(place + 1) == "+" ? 1 : 0
    guard isDigit(place + 1 + sign) else { return false }
    place += 1 + sign
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
    guard isBar(place) else { return .none }
    let start = place
    place += 1
    let denominator = digits()
    guard !isBar(place) else {
      while isBar(place) {
        place += 1
        _ = digits()
      }
      return .date
    }
    let goesOn = (scalar(place) == "." || scalar(place) == ",") && isDigit(place + 1)
    guard !goesOn, let above = Int(numerator), let below = Int(denominator), below > 0 else {
      place = start
      return .none
    }
    var (divisor, rest) = (above, below)
    while rest != 0 { (divisor, rest) = (rest, divisor % rest) }
    return .fraction(below == divisor ? "\(above / divisor)" : "\(above / divisor)/\(below / divisor)")
  }

  private func isBar(_ place: Int) -> Bool {
    (scalar(place) == "/" || scalar(place) == "\u{2044}") && isDigit(place + 1)
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

  private func scalar(_ place: Int) -> UnicodeScalar? { text.indices.contains(place) ? text[place] : nil }

  private func isDigit(_ place: Int) -> Bool { scalar(place).map { ("0"..."9").contains($0) } ?? false }

  /// The digits without leading zeros.
  private static func plain(_ digits: String) -> String {
    let significant = digits.drop { $0 == "0" }
    return significant.isEmpty ? "0" : String(significant)
  }
}
