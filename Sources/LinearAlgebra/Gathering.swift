internal import CBLASShim

/// Some rows of a table, close together, `[rows × length]` → `[places × length]`.
///
/// - Precondition: Every place is that of a row.
/// - Complexity: O(places · length); rows from all over a large table cost little more than neighbouring ones.
package func gatherRows<Number: BitwiseCopyable>(
  _ places: [Int], of table: UnsafeBufferPointer<Number>, length: Int
) -> [Number] {
  precondition(
    length >= 0 && places.allSatisfy { $0 >= 0 && ($0 + 1) * length <= table.count }, "A row is not in the table.")
  return Array(unsafeUninitializedCapacity: places.count * length) { rows, initialized in
    places.withUnsafeBufferPointer { places in
      places.withMemoryRebound(to: Int64.self) { places in
        deepen_gather_rows(
          Int64(places.count), places.baseAddress, Int64(length * MemoryLayout<Number>.stride), table.baseAddress,
          rows.baseAddress)
      }
    }
    initialized = places.count * length
  }
}
