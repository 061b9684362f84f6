internal import Foundation

/// A division of the cores among the parts of an ensemble that run at the same time, so that no two threads compete for
/// a core.
///
/// Members predict concurrently, and the fusion begins when the last of them has answered. So the members' engines
/// divide the cores, and the fusion, for which they all wait, may use every core.
///
/// ```swift
/// import GGUFBackend
/// import ONNXBackend
///
/// let plan = CorePlan(members: 2)
/// let atlas = try GGUFBackend(file: "atlas.gguf", options: .init(threads: plan.threads(ofMember: 0)))
/// let scholar = try ONNXBackend(folder: "scholar", options: .init(threads: plan.threads(ofMember: 1)))
/// ```
///
/// Concurrent answers need a plan with a share of the cores each.
public struct CorePlan: Sendable, Hashable {
  /// The number of cores to divide.
  package let cores: Int
  /// The number of members that run concurrently.
  package let members: Int
  /// Whether members call BLAS themselves, as a backend without an engine may.
  package let membersUseBLAS: Bool

  /// Divides cores.
  ///
  /// - Parameters:
  ///   - cores: The number of cores to divide; `nil` for all that the process may use.
  ///   - members: The number of members that run concurrently.
  ///   - membersUseBLAS: Whether members call BLAS themselves. llama.cpp and ONNX Runtime do not.
  /// - Precondition: At least one core and one member.
  public init(cores: Int? = nil, members: Int, membersUseBLAS: Bool = false) {
    let cores = cores ?? ProcessInfo.processInfo.activeProcessorCount
    precondition(cores > 0 && members > 0, "\(cores) cores cannot be divided among \(members) members.")
    self.cores = cores
    self.members = members
    self.membersUseBLAS = membersUseBLAS
  }

  /// The number of threads for each member's engine; the main model's first.
  ///
  /// They add up to ``cores``; where the division leaves a remainder, the first members get one more. With fewer cores
  /// than members, each gets one thread.
  package var threadsPerMember: [Int] {
    (0..<members).map { max(1, cores / members + ($0 < cores % members ? 1 : 0)) }
  }

  /// The number of threads for one member's engine.
  ///
  /// - Precondition: `member` is the index of a member; the main model's is 0.
  public func threads(ofMember member: Int) -> Int {
    precondition((0..<members).contains(member), "There is no member \(member) among \(members).")
    return threadsPerMember[member]
  }

  /// The number of threads that one call of BLAS may use.
  ///
  /// All cores, which is the default of BLAS; 1 where several members call BLAS at the same time, because such calls
  /// wait for each other when each of them uses several threads. It is set with `BLAS.threadCount`, for the whole
  /// process.
  public var blasThreads: Int { membersUseBLAS && members > 1 ? 1 : cores }
}
