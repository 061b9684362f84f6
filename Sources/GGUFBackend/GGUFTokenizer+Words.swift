#if LlamaCpp
  import BackendSupport
  import CLlamaShim
  import ModelBackends

  extension GGUFTokenizer {
    /// U+2581, by which SentencePiece represents a space.
    static let spaceSign: [UInt8] = [0xE2, 0x96, 0x81]

    /// Tokenises text in which no control token occurs.
    ///
    /// - Throws: `BackendError` where the vocabulary cannot express it.
    func read(_ words: ArraySlice<UInt8>, starts: Bool) throws -> [TokenID] {
      var tokens: [TokenID] = []
      var rest = words
      for hidden in hiddenTokens.occurrences(in: words) {
        let before = rest[..<hidden.range.lowerBound]
        if !before.isEmpty {
          tokens += try readTogether(before, starts: starts && before.startIndex == words.startIndex)
        }
        tokens.append(hidden.id)
        rest = rest[hidden.range.upperBound...]
      }
      if rest.isEmpty, !tokens.isEmpty { return tokens }
      return try tokens + readTogether(rest, starts: starts && tokens.isEmpty)
    }

    /// Tokenises text in which llama.cpp finds all added tokens.
    private func readTogether(_ words: ArraySlice<UInt8>, starts: Bool) throws -> [TokenID] {
      if reading == DEEPEN_LLAMA_READS_OTHERWISE { return try readOtherwise(words, starts: starts) }
      // The space before a text occurs only once; llama.cpp would put one after every added token as well.
      let hasSpace = starts && continuation !== model && !beginsWithAddedToken(words)
      let text = hasSpace ? [UInt8(ascii: " ")] + words : words
      return try putRight(encode(text, with: continuation, readsControlTokens: false), of: text)
    }

    /// Tokens of a text, with those replaced that do not represent the text itself: control tokens, and byte tokens
    /// whose names are spelt in the text. Letters may have been merged to these.
    private func putRight(_ tokens: [TokenID], of text: ArraySlice<UInt8>) throws -> [TokenID] {
      var right: [TokenID] = []
      right.reserveCapacity(tokens.count)
      var rest = text
      for token in tokens {
        let bytes = vocabulary.bytes(of: token)
        let kind = vocabulary.kind(of: token)
        // llama.cpp leaves such bytes out, unless merges lead over them to a token.
        while let byte = rest.first, missingBytes.contains(byte), !rest.starts(with: bytes) { rest = rest.dropFirst() }
        if let next = afterMisreading(of: token, in: rest) {
          right += try readApart(rest[..<next.startIndex])
          rest = next
          continue
        }
        if kind == .unknown {
          // It represents a byte that no token spells.
          rest = rest.dropFirst()
        } else if kind.isText, let next = after(bytes, in: rest) {
          rest = next
        } else if kind == .userDefined, let next = after(bytes, in: rest.drop(while: Self.isSpace)) {
          rest = next
        } else if let last = right.last, vocabulary.kind(of: last) == .userDefined,
          let next = after(bytes, in: rest.drop(while: Self.isSpace))
        {
          rest = next
        } else {
          throw inexpressible(rest.prefix(1))
        }
        right.append(token)
      }
      if let last = right.last, vocabulary.kind(of: last) == .userDefined { rest = rest.drop(while: Self.isSpace) }
      rest = rest.drop(while: missingBytes.contains)
      guard rest.isEmpty else { throw inexpressible(rest.prefix(1)) }
      return right
    }

    /// The number of bytes of a text that no token of a byte-level vocabulary represents, so that they are left out, as
    /// in llama.cpp and in the library that published tokenizers are written with.
    ///
    /// - Complexity: O(1) where the vocabulary has all bytes; else as ``encode(_:options:)``.
    public func droppedCharacters(in text: [UInt8]) -> Int {
      guard !missingBytes.isEmpty, let tokens = try? encode(text, options: EncodingOptions(isStart: false)) else {
        return 0
      }
      let normal = text.utf8Runs().reduce(0) { count, run in
        count + (run.isValid ? normalForm?.normalized(run.bytes).count ?? run.bytes.count : run.bytes.count)
      }
      return max(0, normal - vocabulary.text(of: tokens).count)
    }

    /// Tokenises text that is spelt like a token so that it does not become one: its first character, then the rest.
    private func readApart(_ words: ArraySlice<UInt8>) throws -> [TokenID] {
      let length = words.first.flatMap { UTF8Character(leadingWith: $0)?.length } ?? 1
      let rest = words.dropFirst(length)
      return try spell(words.prefix(length)) + (rest.isEmpty ? [] : read(rest, starts: false))
    }

    /// The text after a prefix that was misread as a token whose name it only spells.
    private func afterMisreading(of token: TokenID, in text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
      switch vocabulary.kind(of: token) {
      case .normal, .userDefined: return nil
      case .byte:
        guard let byte = vocabulary.bytes(of: token).first else { return nil }
        // Where the text is the name of "<" and only a byte token spells "<", that byte was meant.
        let bracket = UInt8(ascii: "<")
        if byte == bracket, let id = vocabulary.id(forBytes: [bracket]), vocabulary.kind(of: id) == .byte { return nil }
        let digits = String(byte, radix: 16, uppercase: true)
        return after(Array("<0x\(byte < 16 ? "0" : "")\(digits)>".utf8)[...], in: text)
      case .control, .unknown, .unused:
        guard let spelling = deepen_llama_token_spelling(model.handle, Int32(token)) else { return nil }
        return after(Array(String(cString: spelling).utf8)[...], in: text)
      }
    }

    /// The rest of a text after a prefix, if the text begins with it. A space may be written as its sign.
    private func after(_ bytes: ArraySlice<UInt8>, in text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
      if text.starts(with: bytes) { return text.dropFirst(bytes.count) }
      var rest = text
      for byte in bytes {
        if rest.first == byte {
          rest = rest.dropFirst()
        } else if byte == UInt8(ascii: " "), rest.starts(with: Self.spaceSign) {
          rest = rest.dropFirst(Self.spaceSign.count)
        } else {
          return nil
        }
      }
      return rest
    }

    /// Returns whether a byte is white space, as added tokens absorb it where their model requires that.
    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }

    /// Tokenises with a tokenizer that may change the text, so that tokens cannot be compared with it.
    private func readOtherwise(_ words: ArraySlice<UInt8>, starts: Bool) throws -> [TokenID] {
      let tokens = try encode(words, with: starts ? model : continuation, readsControlTokens: false)
      guard let control = tokens.first(where: { vocabulary.kind(of: $0) == .control }) else { return tokens }
      var read: [TokenID] = []
      var rest = words
      while let range = rest.firstRange(of: vocabulary.bytes(of: control)) {
        let before = rest[..<range.lowerBound]
        if !before.isEmpty {
          read += try readOtherwise(before, starts: starts && before.startIndex == words.startIndex)
        }
        read += try spell(rest[range.lowerBound...range.lowerBound])
        rest = rest[(range.lowerBound + 1)...]
      }
      guard rest.count < words.count else { throw inexpressible(words) }
      return read + (rest.isEmpty ? [] : try readOtherwise(rest, starts: false))
    }
  }
#endif
