#if LlamaCpp
  import ModelBackends

  /// A run of bytes that is valid UTF-8, or one that is not.
  struct UTF8Run {
    var bytes: ArraySlice<UInt8>
    var isValid: Bool
  }

  extension [UInt8] {
    /// The bytes as alternating runs of valid and invalid UTF-8.
    ///
    /// - Complexity: O(count).
    func utf8Runs() -> [UTF8Run] {
      var runs: [UTF8Run] = []
      var start = startIndex
      var index = startIndex
      var isValid = true
      while index < endIndex {
        let length = UTF8Character.length(in: self, at: index)
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
  }
#endif
