internal import CBLASShim
internal import Dispatch
internal import Synchronization

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// How many threads the passes over anchors and tokens may use that this package does itself, beside BLAS.
public enum KernelThreads {
  private static let chosen = Atomic(0)

  /// The number of threads, for the whole process; as many as there are cores unless told otherwise.
  public static var count: Int {
    get {
      let count = chosen.load(ordering: .relaxed)
      return count > 0 ? count : ProcessInfo.processInfo.activeProcessorCount
    }
    set {
      precondition(newValue > 0, "Kernels need at least one thread, not \(newValue).")
      chosen.store(newValue, ordering: .relaxed)
    }
  }

  /// How many elements are worth a thread where each takes about as many nanoseconds as given: starting a thread and waiting
  /// for it takes some 35 microseconds, and twice as long where a core has been idle; less where it has just worked.
  package static func leastElements(taking nanoseconds: Double) -> Int { Int(100_000 / nanoseconds) }

  /// Cuts `0..<count` into stretches of at least `least` elements, one for each thread, and works on all of them at the same
  /// time.
  package static func split(_ count: Int, least: Int, _ work: @Sendable (_ part: Int, _ range: Range<Int>) -> Void) {
    split(count, into: parts(of: count, least: least), work)
  }

  /// Cuts `0..<count` into some stretches of about one length, and works on all of them at the same time.
  ///
  /// Whoever keeps something for each stretch asks ``parts(of:least:)`` once: ``count`` may change at any time.
  package static func split(_ count: Int, into parts: Int, _ work: @Sendable (_ part: Int, _ range: Range<Int>) -> Void)
  {
    if parts == 1 { return work(0, 0..<count) }
    let length = (count + parts - 1) / parts
    perform(parts) { part in
      work(part, min(count, part * length)..<min(count, (part + 1) * length))
    }
  }

  /// Does all parts of some work at the same time: by this package's own threads, which are awake where work follows work; where another
  /// thread is using them, by the system's.
  private static func perform(_ parts: Int, _ work: @Sendable (Int) -> Void) {
    withoutActuallyEscaping(work) { work in
      var job = Job(work: work)
      withUnsafeMutablePointer(to: &job) { job in
        nonisolated(unsafe) let job = job
        let doPart: @convention(c) (UnsafeMutableRawPointer?, Int64) -> Void = { job, part in
          job?.assumingMemoryBound(to: Job.self).pointee.work(Int(part))
        }
        if deepen_run_parts(Int64(parts), doPart, job) != 0 { return }
        DispatchQueue.concurrentPerform(iterations: parts) { deepen_do_part(doPart, job, Int64($0)) }
      }
    }
  }

  private struct Job {
    let work: @Sendable (Int) -> Void
  }

  /// Does `count` pieces of work of about the same size at the same time, and returns what they give in their order.
  package static func map<Result: Sendable>(_ count: Int, _ work: @Sendable (Int) -> Result) -> [Result] {
    Array(unsafeUninitializedCapacity: count) { results, initialized in
      nonisolated(unsafe) let results = results
      split(count, least: 1) { _, range in
        for place in range { results.initializeElement(at: place, to: work(place)) }
      }
      initialized = count
    }
  }

  /// Does two pieces of work at the same time.
  package static func both<First: Sendable, Second: Sendable>(
    _ first: @Sendable () -> First, _ second: @Sendable () -> Second
  ) -> (First, Second) {
    var (one, other): (First?, Second?)
    withUnsafeMutablePointer(to: &one) { one in
      withUnsafeMutablePointer(to: &other) { other in
        nonisolated(unsafe) let (one, other) = (one, other)
        split(2, least: 1) { _, range in
          for place in range { if place == 0 { one.pointee = first() } else { other.pointee = second() } }
        }
      }
    }
    guard let one, let other else { preconditionFailure("Both pieces of work are done.") }
    return (one, other)
  }

  /// Into how many stretches ``split(_:least:_:)`` cuts: what is itself a part of some work is not cut again, as the other
  /// threads have parts of their own.
  package static func parts(of count: Int, least: Int) -> Int {
    deepen_is_in_part() != 0 ? 1 : max(1, min(self.count, count / max(1, least)))
  }
}
