internal import Synchronization

/// The rows that were made exact, coded, as many of the last used as fit into some memory.
final class RowCache: Sendable {
  private struct Entry {
    var row: CodedRow
    var lastUse: Int
  }

  private struct State {
    var entries: [Int: Entry] = [:]
    var clock = 0
  }

  private let state = Mutex(State())
  private let capacity: Int

  /// Makes an empty cache of at most `capacity` rows.
  init(capacity: Int) {
    self.capacity = max(1, capacity)
  }

  /// A token's row, where it is known.
  subscript(token: Int) -> CodedRow? {
    state.withLock { state in
      guard let row = state.entries[token]?.row else { return nil }
      state.clock += 1
      state.entries[token]?.lastUse = state.clock
      return row
    }
  }

  /// Keeps a token's row, and lets go of an eighth of the rows, those unused for longest, where there is no room.
  func keep(_ row: CodedRow, of token: Int) {
    state.withLock { state in
      state.clock += 1
      state.entries[token] = Entry(row: row, lastUse: state.clock)
      guard state.entries.count > capacity else { return }
      let uses = state.entries.values.map(\.lastUse).sorted()
      let limit = uses[min(uses.count - 1, max(1, capacity / 8))]
      state.entries = state.entries.filter { $0.value.lastUse >= limit }
    }
  }
}
