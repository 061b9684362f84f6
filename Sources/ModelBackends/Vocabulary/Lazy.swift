internal import Synchronization

/// A table that is built on first use.
final class Lazy<Table: Sendable>: Sendable {
  private let table = Mutex<Table?>(nil)
  private let make: @Sendable () -> Table

  init(_ make: @escaping @Sendable () -> Table) {
    self.make = make
  }

  /// The table.
  var value: Table {
    table.withLock { table in
      if let table { return table }
      let made = make()
      table = made
      return made
    }
  }
}
