extension String {
  /// The text with one full stop at its end, for error messages that are put together from parts.
  package var asSentence: String {
    var text = self[...]
    while let last = text.last, last == "." || last.isWhitespace { text.removeLast() }
    guard let last = text.last else { return "" }
    return last == "!" || last == "?" ? String(text) : text + "."
  }
}
