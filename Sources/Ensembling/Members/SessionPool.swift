import ModelBackends

/// Sessions that wait for the next answer, caches and all.
///
/// A generation takes a session of each member and gives back those that are sound, so that generations at the same time
/// never share a session and one after the other need not start anew.
///
/// A session holds memory for its cache, so only a few wait.
actor SessionPool {
  private static let maximumIdle = 2

  private var idle: [[any ModelSession]]

  init(memberCount: Int) {
    idle = Array(repeating: [], count: memberCount)
  }

  /// A session that waits, if there is one.
  func take(ofMember member: Int) -> (any ModelSession)? { idle[member].popLast() }

  /// Takes a session back, or lets it go where enough wait already.
  func giveBack(_ session: any ModelSession, ofMember member: Int) {
    if idle[member].count < Self.maximumIdle { idle[member].append(session) }
  }
}
