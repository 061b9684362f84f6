import ModelBackends

/// Sessions that wait for the next answer, caches and all.
///
/// A generation takes one session of each member and gives them back, so that generations at the same time never share a
/// session and one after the other need not start anew.
///
/// A session holds memory for its cache, so only a few wait.
actor SessionPool {
  private static let maximumIdle = 2

  private let members: [Member]
  private var idle: [[any ModelSession]] = []

  init(members: [Member]) {
    self.members = members
  }

  /// A session of each member, the main model's first.
  func take() async throws -> [any ModelSession] {
    if let sessions = idle.popLast() { return sessions }
    var sessions: [any ModelSession] = []
    for member in members {
      do {
        sessions.append(try await member.backend.makeSession())
      } catch let error where !(error is CancellationError) {
        throw EnsembleError(error, of: member, during: "no session could be started")
      }
    }
    return sessions
  }

  /// Takes sessions back, or lets them go where enough wait already.
  func giveBack(_ sessions: [any ModelSession]) {
    if idle.count < Self.maximumIdle { idle.append(sessions) }
  }
}
