import Foundation
import ModelBackends
import Testing

@Suite("The division of cores")
struct CorePlanTests {
  @Test(
    "Members' threads add up to the cores and differ by one at most",
    arguments: [1, 2, 3, 8, 13, 64], [1, 2, 3, 5])
  func division(cores: Int, members: Int) {
    let plan = CorePlan(cores: cores, members: members)
    let threads = plan.threadsPerMember
    #expect(threads.count == members)
    #expect(threads.reduce(0, +) == max(cores, members))
    #expect((threads.max() ?? 0) - (threads.min() ?? 0) <= 1)
    #expect(threads == threads.sorted(by: >))
    #expect((0..<members).map(plan.threads) == threads)
  }

  @Test("The fusion has all cores, unless members that run side by side use BLAS")
  func blas() {
    #expect(CorePlan(cores: 8, members: 2).blasThreads == 8)
    #expect(CorePlan(cores: 8, members: 2, membersUseBLAS: true).blasThreads == 1)
    #expect(CorePlan(cores: 8, members: 1, membersUseBLAS: true).blasThreads == 8)
  }

  @Test("Without a given number, all cores of the process are divided")
  func available() {
    #expect(CorePlan(members: 1).threadsPerMember == [ProcessInfo.processInfo.activeProcessorCount])
  }

  @Test("No cores, no members and a member out of range are programmer errors")
  func preconditions() async {
    await #expect(processExitsWith: .failure) { _ = CorePlan(cores: 0, members: 1) }
    await #expect(processExitsWith: .failure) { _ = CorePlan(cores: 1, members: 0) }
    await #expect(processExitsWith: .failure) { _ = CorePlan(cores: 1, members: 1).threads(ofMember: 1) }
  }
}
