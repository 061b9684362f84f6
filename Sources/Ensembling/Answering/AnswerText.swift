import ModelBackends

/// The answer so far: one buffer of bytes, from which displayable text is released.
///
/// Text that cannot be shown yet is held back: an incomplete character, and a possible beginning of a stop text.
struct AnswerText {
  /// The answer's bytes, all of them.
  private(set) var bytes: [UInt8] = []
  /// Whether a stop text has ended the answer; `bytes` then ends before it.
  private(set) var isStopped = false

  private let stops: [[UInt8]]
  private var shown = 0

  init(stops: [String]) {
    self.stops = stops.map { Array($0.utf8) }
  }

  /// The whole answer as text; incomplete characters become U+FFFD.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Whether the answer is valid UTF-8.
  var isWhole: Bool { String(validating: bytes, as: UTF8.self) != nil }

  /// Appends a token's bytes.
  ///
  /// - Returns: The text that can now be shown.
  /// - Precondition: Nothing has stopped the answer yet.
  mutating func append(_ new: some Collection<UInt8>) -> String {
    precondition(!isStopped, "The answer has ended.")
    let seen = bytes.count
    bytes.append(contentsOf: new)
    if let end = firstStop(endingAfter: seen) {
      bytes.removeLast(bytes.count - end)
      isStopped = true
      return finish()
    }
    let held = max(possibleStopLength, incompleteCharacterLength)
    return show(upTo: max(shown, completeCharacterStart(before: bytes.count - held)))
  }

  /// Releases the text that was held back; incomplete characters become U+FFFD.
  mutating func finish() -> String { show(upTo: bytes.count) }

  private mutating func show(upTo end: Int) -> String {
    defer { shown = end }
    return String(decoding: bytes[shown..<end], as: UTF8.self)
  }

  /// The start of the first stop text that ends after position `seen`.
  private func firstStop(endingAfter seen: Int) -> Int? {
    stops.compactMap { stop in
      let first = max(0, seen - stop.count + 1)
      guard first + stop.count <= bytes.count else { return nil }
      return (first...bytes.count - stop.count).first { bytes[$0..<$0 + stop.count].elementsEqual(stop) }
    }.min()
  }

  /// The number of bytes at the end that may begin a stop text.
  private var possibleStopLength: Int {
    stops.map { stop in
      let longest = min(stop.count - 1, bytes.count - shown)
      return stride(from: longest, to: 0, by: -1).first { bytes.suffix($0).elementsEqual(stop.prefix($0)) } ?? 0
    }.max() ?? 0
  }

  /// The number of bytes at the end that begin an incomplete character.
  private var incompleteCharacterLength: Int {
    bytes.count - completeCharacterStart(before: bytes.count)
  }

  /// The last position up to `end` that is not inside a character that may still be completed.
  private func completeCharacterStart(before end: Int) -> Int {
    for length in 1...3 where end - length >= shown {
      let lead = bytes[end - length]
      if lead & 0b1100_0000 == 0b1000_0000 { continue }
      return UTF8Character.isIncomplete(bytes[end - length..<end]) ? end - length : end
    }
    return end
  }
}
