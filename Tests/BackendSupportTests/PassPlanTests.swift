import BackendSupport
import ModelBackends
import Testing

@Suite("Reusable passes") struct PassPlanTests {
  private func context(_ prompt: String, _ answer: String = "") -> ContextText {
    ContextText(prompt: RenderedPrompt(prompt), answer: Array(answer.utf8))
  }

  @Test("Passes end at multiples of the stride; whole ones count from the first token on") func passes() {
    var plan = PassPlan(stride: 4)
    #expect(plan.passEnd(from: 0, of: 10) == 4 && plan.passEnd(from: 4, of: 10) == 8)
    #expect(plan.passEnd(from: 8, of: 10) == 10 && plan.passEnd(from: 6, of: 10) == 8)
    plan.note(pass: 0..<4)
    plan.note(pass: 4..<8)
    plan.note(pass: 8..<10)
    #expect(plan.whole == 8)
    plan.note(pass: 10..<14)
    plan.note(pass: 12..<16)
    #expect(plan.whole == 8, "They do not begin where the whole ones end.")
    plan.cut(to: 7)
    #expect(plan.whole == 4)
    plan.note(pass: 4..<6)
    plan.note(pass: 6..<8)
    #expect(plan.whole == 4, "Two halves round in another way than a whole.")
    let free = PassPlan(stride: nil)
    #expect(free.passEnd(from: 3, of: 10) == 10 && free.kept(common: 9, outputs: 10...10) == 0)
  }

  @Test(
    "Whole passes are kept that both texts share and that precede the computed logits",
    arguments: [(12, 12, 8), (9, 12, 8), (7, 12, 4), (12, 8, 4), (12, 9, 8), (3, 12, 0), (12, 1, 0)])
  func kept(common: Int, first: Int, expected: Int) {
    var plan = PassPlan(stride: 4)
    plan.note(pass: 0..<4)
    plan.note(pass: 4..<8)
    #expect(plan.kept(common: common, outputs: first...12) == expected)
  }

  @Test("An answer continues while its text grows, and starts again where it does not") func turns() {
    var plan = PassPlan(stride: 4)
    func read(_ context: ContextText, _ outputs: ClosedRange<Int> = 5...5) -> PassPlan.Reading {
      let reading = plan.reading(of: context, outputs: outputs)
      plan.finish(reading, of: context, outputs: outputs)
      return reading
    }
    #expect(read(context("one")) == .restart)
    #expect(read(context("one")) == .continuation, "Its logits are known.")
    #expect(read(context("one"), 3...5) == .restart, "More logits round in another way.")
    #expect(read(context("one"), 5...5) == .restart)
    #expect(read(context("one", "a")) == .continuation)
    #expect(read(context("one", "ab")) == .continuation)
    #expect(read(context("one", "ab"), 4...5) == .continuation)
    #expect(read(context("one", "ac")) == .restart)
    #expect(read(context("one")) == .restart)
    #expect(read(context("onea")) == .restart, "Another prompt is another text, also where it begins alike.")
    var chosen = context("onea")
    chosen.answerTokens = []
    #expect(read(chosen) == .restart)
    chosen.answerTokens = [3]
    chosen.answer = [97]
    #expect(read(chosen) == .continuation)
    chosen.answerTokens = [4]
    #expect(read(chosen) == .restart)
  }

  @Test("After other work the same text is evaluated again, and an answer continues") func disturbance() {
    var plan = PassPlan(stride: 4)
    plan.finish(.restart, of: context("one"), outputs: 5...5)
    plan.disturb()
    #expect(plan.reading(of: context("one"), outputs: 5...5) == .restart)
    #expect(plan.reading(of: context("one", "a"), outputs: 5...5) == .continuation)
    plan.forget()
    #expect(plan.reading(of: context("one", "a"), outputs: 5...5) == .restart)
  }

  @Test("A text that continues a conversation reuses whatever is cached, and no other text reuses it")
  func continuedTexts() {
    var plan = PassPlan(stride: 4)
    func read(_ context: ContextText) -> PassPlan.Reading {
      let reading = plan.reading(of: context, outputs: 3...5)
      plan.finish(reading, of: context, outputs: 3...5)
      return reading
    }
    var turn = context("one")
    turn.reading = .continued
    #expect(read(turn) == .restart, "Nothing is cached.")
    var later = context("one, answered, and two")
    later.reading = .continued
    #expect(read(later) == .continuation)
    #expect(read(context("one, answered, and two")) == .restart)
    #expect(read(context("one, answered, and two", "more")) == .continuation)
    #expect(read(later) == .continuation)
    #expect(read(context("one, answered, and two", "more")) == .restart)
    plan.forget()
    #expect(read(later) == .restart)
  }
}
