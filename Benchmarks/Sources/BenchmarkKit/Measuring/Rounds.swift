/// Measures contestants in turn, so that temporary load on the machine affects all of them.
public enum Rounds {
  /// One of the compared variants.
  public struct Contestant {
    let name: String
    let body: (_ round: Int) async throws -> Void

    /// Names a variant; it gets the number of the round, so that all can work on the same input.
    public init(_ name: String, _ body: @escaping (_ round: Int) async throws -> Void) {
      self.name = name
      self.body = body
    }
  }

  /// Times each contestant once a round. The order rotates from round to round; the first round is not counted.
  ///
  /// - Returns: Each contestant's seconds, `[rounds]`.
  public static func measure(_ contestants: [Contestant], rounds: Int) async throws -> [Samples] {
    var samples = contestants.map { Samples($0.name) }
    let clock = ContinuousClock()
    for round in -1..<rounds {
      for offset in contestants.indices {
        let index = (offset + max(round, 0)) % contestants.count
        let start = clock.now
        try await contestants[index].body(max(round, 0))
        let seconds = start.duration(to: clock.now) / .seconds(1)
        if round >= 0 { samples[index].values.append(seconds) }
      }
    }
    return samples
  }
}
