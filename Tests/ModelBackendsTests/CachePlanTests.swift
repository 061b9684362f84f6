import ModelBackends
import Testing

struct CachePlanTests {
  @Test(arguments: [
    ([], [1, 2], 0, 0, [1, 2]),
    ([1, 2], [1, 2, 3], 2, 0, [3]),
    ([1, 2, 3], [1, 2, 3], 2, 1, [3]),
    ([1, 2, 3, 4], [1, 2], 1, 3, [2]),
    ([1, 2, 3], [1, 9, 3], 1, 2, [9, 3]),
    ([5], [6], 0, 1, [6]),
  ])
  func keepsTheCommonStart(
    _ cached: [TokenID], _ wanted: [TokenID], _ kept: Int, _ dropped: Int, _ evaluated: [TokenID]
  ) {
    let plan = CachePlan(cached: cached, wanted: wanted)
    #expect(plan.kept == kept)
    #expect(plan.dropped == dropped)
    #expect(Array(plan.evaluated) == evaluated)
    #expect(plan.work == Prediction.Work(kept: kept, dropped: dropped, evaluated: evaluated.count))
    // What stays and what is new make the wanted text.
    #expect(Array(cached.prefix(plan.kept)) + plan.evaluated == wanted)
  }

  @Test func anEmptyTextHasNoPlan() async {
    await #expect(processExitsWith: .failure) { _ = CachePlan(cached: [1], wanted: []) }
  }

  @Test func workAddsUp() {
    let sum = Prediction.Work(kept: 1, dropped: 2, evaluated: 3) + Prediction.Work(kept: 10, dropped: 20, evaluated: 30)
    #expect(sum == Prediction.Work(kept: 11, dropped: 22, evaluated: 33))
  }
}
