import ModelBackends

/// Idle sessions of each member, with their caches and the text that each one read last.
///
/// A call takes a session of each member and returns the working ones, so that concurrent calls never share a session,
/// and a later call finds the cache that serves it best. A session holds memory for its cache, so their number is
/// limited.
actor SessionPool {
  /// A session and the text that it read last; empty where that is not known.
  struct Idle: Sendable {
    var session: any ModelSession
    var text: [UInt8] = []
  }

  /// The maximum number of idle sessions of each member.
  private let limit: Int
  /// Each member's idle sessions, the least recently used first.
  private var idle: [[Idle]]

  init(memberCount: Int, limit: Int) {
    self.limit = limit
    idle = Array(repeating: [], count: memberCount)
  }

  /// Takes the idle session whose text shares the longest prefix with a text to read; ties go to the least recently
  /// used.
  ///
  /// - Complexity: O(length of the prefixes).
  func take(ofMember member: Int, toRead text: [UInt8]) -> Idle? {
    let common = idle[member].map { zip($0.text, text).prefix { $0 == $1 }.count }
    guard let longest = common.max(), let best = common.firstIndex(of: longest) else { return nil }
    return idle[member].remove(at: best)
  }

  /// Returns a session to the pool. Above the limit, the least recently used one is dropped.
  func giveBack(_ session: Idle, ofMember member: Int) {
    idle[member].append(session)
    if idle[member].count > limit { idle[member].removeFirst() }
  }
}
