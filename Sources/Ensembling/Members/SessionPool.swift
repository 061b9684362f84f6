import ModelBackends

/// Idle sessions of each member, with their caches and the text that each one read last.
///
/// A call takes a session of each member and gives back those that are sound, so that calls at the same time never share
/// a session, and a later call finds the cache that serves it best. A session holds memory for its cache, so only so many
/// wait.
actor SessionPool {
  /// A session and the text that it has read last; none where that is not known.
  struct Idle: Sendable {
    var session: any ModelSession
    var text: [UInt8] = []
  }

  /// How many sessions of each member wait at most.
  private let limit: Int
  /// Each member's idle sessions, the one that has waited longest first.
  private var idle: [[Idle]]

  init(memberCount: Int, limit: Int) {
    self.limit = limit
    idle = Array(repeating: [], count: memberCount)
  }

  /// The idle session whose text shares the longest prefix with a text to read; of equals the one that has waited longest.
  ///
  /// - Complexity: O(length of the prefixes).
  func take(ofMember member: Int, toRead text: [UInt8]) -> Idle? {
    let common = idle[member].map { zip($0.text, text).prefix { $0 == $1 }.count }
    guard let longest = common.max(), let best = common.firstIndex(of: longest) else { return nil }
    return idle[member].remove(at: best)
  }

  /// Takes a session back. Where too many wait, the one that has waited longest goes.
  func giveBack(_ session: Idle, ofMember member: Int) {
    idle[member].append(session)
    if idle[member].count > limit { idle[member].removeFirst() }
  }
}
