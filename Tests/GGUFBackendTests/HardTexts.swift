#if LlamaCpp
  import ModelBackends

  /// Texts that are hard to tokenise, composed at random.
  struct HardTexts {
    private var random: SeededRandom

    private static let pieces: [String] = [
      "the", " cat", "The", " capital of France is", " Paris", ",", ".", "!?", " (", ")", "\"", " don't", " they'll",
      "'S", " state-of-the-art", " a", "t", "\n", "\n\n", "\n\n\n", "\r\n", "\r", " ", "  ", "     ", "\t", "\t\t x",
      " \n", "\n ", " \n ", "1", " 12", "1234567", " 3.14159", "12:30", " 1st", "²", " ½", "👩‍👩‍👧‍👦", " 🏳️‍🌈", "🇫🇷🇩🇪", "🙂",
      "👍🏽", "e\u{301}", " n\u{303}", "\u{301}", " क\u{94D}षि", " नमस्ते", " \u{93F}", "दुनिया।", "ᄒ\u{1161}\u{11AB}", " 한국어",
      "가",
      "漢字", " 漢", "かな", "。", "、", "　", " مرحبا", " بالعالم", "،", " שָׁלוֹם", " Ελλάδα", " Привет", "ß", " ŒUVRE", "ﬁ",
      "\u{A0}", "\u{200B}", " \u{200D}", "\u{FEFF}", "\u{2028}", "\u{1C}", "\u{85}", "▁", " ▁the", "▁cat", "\0",
      "func f(x: Int) -> [Int] {\n    return x\n}\n", "\tif (a != b) { a++; }\n", "x_1 = y**2  # z\n", "</s>", "<s>",
      " <unk>", "<|im_end|>", "<user>", " <user> ", "<0x41>", " <0x0A>", "<|endoftext|>", "https://a.b/c?d=e&f=%20",
      " once upon a time there was a cat", "\nThe next line begins here and goes on", " Ⅷ", " ⓐ", " ªb",
    ]

    init(seed: UInt64) {
      random = SeededRandom(seed: seed)
    }

    /// A text of a number of pieces.
    mutating func text(pieces count: Int) -> [UInt8] {
      (0..<count).flatMap { _ in Array(Self.pieces[Int.random(in: Self.pieces.indices, using: &random)].utf8) }
    }

    /// Prose of common words, as most texts are.
    mutating func prose(words count: Int) -> [UInt8] {
      let words = [
        " the", " cat", " a", " sat", " on", " house", ",", ".", " information", " language", "\nThe", " it's",
      ]
      return (0..<count).flatMap { _ in Array(words[Int.random(in: words.indices, using: &random)].utf8) }
    }

    /// All states of a text that grows by a few bytes at a time, and is sometimes cut short or changed.
    mutating func growth(of whole: [UInt8], steps: Int) -> [[UInt8]] {
      var text: [UInt8] = []
      var next = 0
      return (0..<steps).map { _ in
        switch Int.random(in: 0..<12, using: &random) {
        case 0:
          text.removeLast(min(text.count, Int.random(in: 0...200, using: &random)))
        case 1 where !text.isEmpty:
          text[Int.random(in: max(0, text.count - 150)..<text.count, using: &random)] = UInt8.random(
            in: 0...255, using: &random)
        default:
          let count = Int.random(in: 1...40, using: &random)
          for _ in 0..<count {
            text.append(whole[next % whole.count])
            next += 1
          }
        }
        return text
      }
    }
  }
#endif
