internal import Synchronization

/// A cache of the most recently used computed rows, quantised, within a memory limit.
final class RowCache: Sendable {
  /// A token's row at some precision. Grades are separate keys, so that a step's result does not depend on the rows
  /// that earlier steps needed.
  struct Key: Hashable {
    var token: Int
    var grade: ComputedRowGrade
  }

  private struct Entry {
    var row: QuantisedRow
    var lastUse: Int
  }

  private struct State {
    var entries: [Key: Entry] = [:]
    var clock = 0
  }

  private let state = Mutex(State())
  private let capacity: Int

  /// Creates an empty cache of at most `capacity` rows.
  init(capacity: Int) {
    self.capacity = max(1, capacity)
  }

  /// The row of a key; `nil` where it is not cached.
  subscript(key: Key) -> QuantisedRow? {
    state.withLock { state in
      guard let row = state.entries[key]?.row else { return nil }
      state.clock += 1
      state.entries[key]?.lastUse = state.clock
      return row
    }
  }

  /// Keeps a row; evicts the least recently used eighth where there is no room.
  func keep(_ row: QuantisedRow, as key: Key) {
    state.withLock { state in
      state.clock += 1
      state.entries[key] = Entry(row: row, lastUse: state.clock)
      guard state.entries.count > capacity else { return }
      let uses = state.entries.values.map(\.lastUse).sorted()
      let limit = uses[min(uses.count - 1, max(1, capacity / 8))]
      state.entries = state.entries.filter { $0.value.lastUse >= limit }
    }
  }
}
