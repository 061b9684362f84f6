internal import Dispatch

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The maximum number of threads of a computation over many numbers.
///
/// BLAS has a setting of its own (``BLAS/threadCount``).
public struct Workers: Sendable, Hashable {
  /// The number of threads.
  public let count: Int

  /// Creates a number of threads.
  ///
  /// - Precondition: `count` is above zero.
  public init(count: Int) {
    precondition(count > 0, "A computation needs at least one thread, not \(count).")
    self.count = count
  }

  /// As many threads as the process may use cores.
  public static let all = Workers(count: ProcessInfo.processInfo.activeProcessorCount)

  /// The least number of elements per thread where each takes the given number of nanoseconds: starting a thread and
  /// waiting for it takes some 35 microseconds, and twice as long where a core has been idle.
  package static func leastElements(taking nanoseconds: Double) -> Int { Int(100_000 / nanoseconds) }

  /// The number of parts into which ``split(_:least:_:)`` divides.
  package func parts(of count: Int, least: Int) -> Int { max(1, min(self.count, count / max(1, least))) }

  /// Divides `0..<count` into ranges of at least `least` elements, one per thread, and processes them concurrently.
  package func split(_ count: Int, least: Int, _ work: @Sendable (_ part: Int, _ range: Range<Int>) -> Void) {
    split(count, into: parts(of: count, least: least), work)
  }

  /// Divides `0..<count` into ranges of about equal length, and processes them concurrently.
  package func split(_ count: Int, into parts: Int, _ work: @Sendable (_ part: Int, _ range: Range<Int>) -> Void) {
    if parts == 1 { return work(0, 0..<count) }
    let length = (count + parts - 1) / parts
    DispatchQueue.concurrentPerform(iterations: parts) { part in
      work(part, min(count, part * length)..<min(count, (part + 1) * length))
    }
  }

  /// Computes `count` results that take about the same time concurrently, and returns them in order.
  package func map<Result: Sendable>(_ count: Int, _ work: @Sendable (Int) -> Result) -> [Result] {
    Array(unsafeUninitializedCapacity: count) { results, initialized in
      // Each thread has its own elements.
      nonisolated(unsafe) let results = results
      split(count, least: 1) { _, range in
        for index in range { results.initializeElement(at: index, to: work(index)) }
      }
      initialized = count
    }
  }
}
