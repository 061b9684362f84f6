#if LlamaCpp
  /// A stretch of bytes that is UTF-8, or one that is not.
  struct UTF8Run {
    var bytes: ArraySlice<UInt8>
    var isValid: Bool
  }

  extension [UInt8] {
    /// The bytes as stretches of UTF-8 and stretches that are no UTF-8, in turn.
    ///
    /// - Complexity: O(count).
    func utf8Runs() -> [UTF8Run] {
      var runs: [UTF8Run] = []
      var start = startIndex
      var index = startIndex
      var isValid = true
      while index < endIndex {
        let length = utf8Length(at: index)
        if (length > 0) != isValid {
          if start < index { runs.append(UTF8Run(bytes: self[start..<index], isValid: isValid)) }
          start = index
          isValid.toggle()
        }
        index += Swift.max(length, 1)
      }
      if start < endIndex { runs.append(UTF8Run(bytes: self[start...], isValid: isValid)) }
      return runs
    }

    /// The length of the character that begins at a place; 0 where none does.
    private func utf8Length(at index: Int) -> Int {
      let lead = self[index]
      // What a second byte may be: it excludes overlong forms, surrogates and what lies beyond Unicode.
      let (length, second): (Int, ClosedRange<UInt8>) =
        switch lead {
        case 0x00...0x7F: (1, 0x80...0xBF)
        case 0xC2...0xDF: (2, 0x80...0xBF)
        case 0xE0: (3, 0xA0...0xBF)
        case 0xED: (3, 0x80...0x9F)
        case 0xE1...0xEF: (3, 0x80...0xBF)
        case 0xF0: (4, 0x90...0xBF)
        case 0xF1...0xF3: (4, 0x80...0xBF)
        case 0xF4: (4, 0x80...0x8F)
        default: (0, 0x80...0xBF)
        }
      guard length > 0, index + length <= endIndex else { return 0 }
      if length == 1 { return 1 }
      guard second.contains(self[index + 1]) else { return 0 }
      return self[(index + 2)..<(index + length)].allSatisfy { 0x80...0xBF ~= $0 } ? length : 0
    }
  }
#endif
