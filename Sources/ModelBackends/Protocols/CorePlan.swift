internal import Foundation

/// How the cores are divided among what an ensemble runs at the same time, so that no two threads want one core.
///
/// Members predict side by side, and the fusion begins when the last of them has answered. So the members' engines
/// divide the cores, and the fusion, for which they all wait, may have every core.
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
/// Several answers at a time need a plan with a share of the cores each.
public struct CorePlan: Sendable, Hashable {
  /// How many cores there are to divide.
  public let cores: Int
  /// How many members run side by side.
  public let members: Int
  /// Whether members call BLAS themselves, as a backend without an engine may.
  public let membersUseBLAS: Bool

  /// Divides cores.
  ///
  /// - Parameters:
  ///   - cores: How many cores there are to divide; `nil` for all that the process may use.
  ///   - members: How many members run side by side.
  ///   - membersUseBLAS: Whether members call BLAS themselves. llama.cpp and ONNX Runtime do not.
  /// - Precondition: At least one core and one member.
  public init(cores: Int? = nil, members: Int, membersUseBLAS: Bool = false) {
    let cores = cores ?? ProcessInfo.processInfo.activeProcessorCount
    precondition(cores > 0 && members > 0, "\(cores) cores cannot be divided among \(members) members.")
    self.cores = cores
    self.members = members
    self.membersUseBLAS = membersUseBLAS
  }

  /// How many threads each member's engine gets; the main model's first.
  ///
  /// They add up to ``cores``, the first members getting one more where the division leaves a rest. With fewer cores
  /// than members, each gets one thread.
  public var threadsPerMember: [Int] {
    (0..<members).map { max(1, cores / members + ($0 < cores % members ? 1 : 0)) }
  }

  /// How many threads one member's engine gets.
  ///
  /// - Precondition: `member` is the index of a member; the main model's is 0.
  public func threads(ofMember member: Int) -> Int {
    precondition((0..<members).contains(member), "There is no member \(member) among \(members).")
    return threadsPerMember[member]
  }

  /// How many threads one call of BLAS may use.
  ///
  /// All cores, which is what BLAS uses unless told otherwise; 1 where several members call BLAS at the same time, because such
  /// calls wait for each other when each of them uses several threads. It is set with `BLAS.threadCount`, for the whole process.
  public var blasThreads: Int { membersUseBLAS && members > 1 ? 1 : cores }
}
