internal import CAlignmentKernels

extension StoredArray {
  /// Gathers some rows of a table of rows of `length` numbers into one contiguous array, `[indices × length]`.
  ///
  /// - Precondition: Every index is that of a row.
  /// - Complexity: O(indices · length); rows from all over a large table cost little more than neighbouring ones.
  package func gatherRows(_ indices: [Int], length: Int) -> [Number] {
    precondition(
      length >= 0 && indices.allSatisfy { $0 >= 0 && ($0 + 1) * length <= count }, "A row is not in the table.")
    return Array(unsafeUninitializedCapacity: indices.count * length) { rows, initialized in
      withBuffer { table in
        indices.withUnsafeBufferPointer { indices in
          indices.withMemoryRebound(to: Int64.self) { indices in
            deepen_gather_rows(
              Int64(indices.count), indices.baseAddress, Int64(length * MemoryLayout<Number>.stride),
              table.baseAddress, rows.baseAddress)
          }
        }
      }
      initialized = indices.count * length
    }
  }
}
