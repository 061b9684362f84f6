import Baselines
import Testing

@Suite struct TextSimilarityTests {
  /// "abc" and "abd": of three letters two agree, of two pairs one, of one triple none; P = R = (2/3 + 1/2 + 0) / 3.
  @Test func characterGramsByHand() {
    #expect(abs(TextSimilarity.chrF.similarity(of: "abc", to: "abd") - 7.0 / 18) < 1e-12)
  }

  /// "ab" in "abcd": P = 1; R = (2/4 + 1/3) / 2 = 5/12; F = 5 · 5/12 / (4 + 5/12) = 25/53. And the other way round:
  /// P = 5/12, R = 1; F = 5 · 5/12 / (5/3 + 1) = 25/32.
  @Test func recallCountsForMore() {
    #expect(abs(TextSimilarity.chrF.similarity(of: "ab", to: "abcd") - 25.0 / 53) < 1e-12)
    #expect(abs(TextSimilarity.chrF.similarity(of: "abcd", to: "ab") - 25.0 / 32) < 1e-12)
  }

  /// "aaa" and "aa": letters 2 of 3 and 2 of 2, pairs 1 of 2 and 1 of 1; P = 7/12, R = 1; F = 35/12 / (7/3 + 1) = 7/8.
  @Test func repeatedGramsCountAsOftenAsTheyComeInBoth() {
    #expect(abs(TextSimilarity.chrF.similarity(of: "aaa", to: "aa") - 0.875) < 1e-12)
  }

  /// "the cat sat here" and "the big cat here": the, cat, here; 2 · 3 / (4 + 4).
  @Test func subsequencesByHand() {
    #expect(TextSimilarity.rougeL.similarity(of: "The cat sat here.", to: "the big cat here") == 0.75)
    #expect(TextSimilarity.rougeL.similarity(of: "a b", to: "b a") == 0.5)
    #expect(TextSimilarity.rougeL.similarity(of: "one", to: "one two three") == 0.5)
  }

  @Test(arguments: TextSimilarity.allCases) func edges(similarity: TextSimilarity) {
    for text in ["a", "Lima", "two words", "ééé 日本 x"] {
      #expect(abs(similarity.similarity(of: text, to: text) - 1) < 1e-12)
      #expect(similarity.similarity(of: text, to: "") == 0)
      #expect(similarity.similarity(of: "", to: text) == 0)
      #expect(similarity.similarity(of: text, to: "qqq") == 0)
    }
    #expect(similarity.similarity(of: "", to: " ") == 1)
  }

  @Test func whiteSpaceDoesNotCountInCharacterGrams() {
    #expect(
      TextSimilarity.chrF.similarity(of: "a b\nc", to: "abc") == TextSimilarity.chrF.similarity(of: "abc", to: "abc"))
  }
}
