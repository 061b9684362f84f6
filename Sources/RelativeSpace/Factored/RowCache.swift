internal import Synchronization

/// The rows that were made exact, coded, as many of the last used as fit into some memory.
final class RowCache: Sendable {
  /// A token's row, as exact as it was made. Rows of both grades are told apart, so that what a step gives does not depend on
  /// what steps before it needed.
  struct Key: Hashable {
    var token: Int
    var grade: MadeRowGrade
  }

  private struct Entry {
    var row: CodedRow
    var lastUse: Int
  }

  private struct State {
    var entries: [Key: Entry] = [:]
    var clock = 0
  }

  private let state = Mutex(State())
  private let capacity: Int

  /// Makes an empty cache of at most `capacity` rows.
  init(capacity: Int) {
    self.capacity = max(1, capacity)
  }

  /// A row, where it is known.
  subscript(key: Key) -> CodedRow? {
    state.withLock { state in
      guard let row = state.entries[key]?.row else { return nil }
      state.clock += 1
      state.entries[key]?.lastUse = state.clock
      return row
    }
  }

  /// Keeps a row, and lets go of an eighth of the rows, those unused for longest, where there is no room.
  func keep(_ row: CodedRow, as key: Key) {
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
