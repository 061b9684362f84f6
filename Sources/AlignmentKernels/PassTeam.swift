internal import CAlignmentKernels
internal import Dispatch
internal import LinearAlgebra
internal import Synchronization

/// System threads that stay awake between the passes of one step, which follow each other faster than a thread wakes.
///
/// A team belongs to the rows of one step. Its helpers poll for the next pass for about a tenth of a millisecond and
/// then return to the system. Parts of a pass are claimed one by one, so that nothing waits for a helper that comes
/// late.
///
/// Unsafe, because helpers read `job` without a lock: only after they have counted themselves in `inside` and then
/// found the pass open, and the caller closes it and waits until nobody is inside before it changes `job`.
final class PassTeam: @unchecked Sendable {
  private struct Job {
    var parts: Int
    var work: @Sendable (Int) -> Void
  }

  private var job: Job?
  private let isTaken = Atomic(false)
  private let isOpen = Atomic(false)
  /// The number of helpers that may read `job`.
  private let inside = Atomic(0)
  private let nextPart = Atomic(0)
  private let partsDone = Atomic(0)
  /// The number of passes so far.
  private let passes = Atomic(0)
  /// The number of helpers.
  private let helpers = Atomic(0)

  /// The number of times that a helper polls for the next pass before it ends.
  private static let pollLimit: Int64 = 10_000

  /// Calls `work(part)` once for each part from 0 to parts − 1, by the calling thread and helpers.
  ///
  /// While another thread's pass uses the helpers, the caller performs all parts.
  func perform(_ parts: Int, _ work: @Sendable (_ part: Int) -> Void) {
    guard parts > 1, !isTaken.exchange(true, ordering: .sequentiallyConsistent) else {
      for part in 0..<parts { work(part) }
      return
    }
    withoutActuallyEscaping(work) { work in
      job = Job(parts: parts, work: work)
      nextPart.store(0, ordering: .sequentiallyConsistent)
      partsDone.store(0, ordering: .sequentiallyConsistent)
      isOpen.store(true, ordering: .sequentiallyConsistent)
      passes.add(1, ordering: .sequentiallyConsistent)
      call(parts - 1)
      takeParts()
      wait { partsDone.load(ordering: .sequentiallyConsistent) == parts }
      isOpen.store(false, ordering: .sequentiallyConsistent)
      wait { inside.load(ordering: .sequentiallyConsistent) == 0 }
      job = nil
    }
    isTaken.store(false, ordering: .sequentiallyConsistent)
  }

  /// Starts helpers until there are as many as requested.
  private func call(_ count: Int) {
    while helpers.load(ordering: .sequentiallyConsistent) < count {
      helpers.add(1, ordering: .sequentiallyConsistent)
      DispatchQueue.global(qos: .userInitiated).async { self.help() }
    }
  }

  private func help() {
    var seen = 0
    while true {
      var polls: Int64 = 0
      while passes.load(ordering: .sequentiallyConsistent) == seen {
        guard polls < Self.pollLimit else {
          helpers.subtract(1, ordering: .sequentiallyConsistent)
          return
        }
        deepen_spin(polls)
        polls += 1
      }
      seen = passes.load(ordering: .sequentiallyConsistent)
      inside.add(1, ordering: .sequentiallyConsistent)
      if isOpen.load(ordering: .sequentiallyConsistent) { takeParts() }
      inside.subtract(1, ordering: .sequentiallyConsistent)
    }
  }

  private func takeParts() {
    guard let job else { return }
    while true {
      let part = nextPart.add(1, ordering: .sequentiallyConsistent).oldValue
      guard part < job.parts else { return }
      job.work(part)
      partsDone.add(1, ordering: .sequentiallyConsistent)
    }
  }

  private func wait(until isDone: () -> Bool) {
    var polls: Int64 = 0
    while !isDone() {
      deepen_spin(polls)
      polls += 1
    }
  }
}
