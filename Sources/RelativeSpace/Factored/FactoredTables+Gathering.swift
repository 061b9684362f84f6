import LinearAlgebra

extension FactoredTables {
  /// What is kept of some tokens' rows, close together.
  struct Gathered {
    /// Their large entries.
    var entries: AnchorEntries
    /// How much of each shared row they have, `[K × shared]`.
    var coefficients: Matrix
    /// What small entries have that were given to the base row, `[K]`.
    var small: [Float]
  }

  /// Gathers what is kept of some tokens' rows.
  ///
  /// - Parameters:
  ///   - whole: The places of tokens that have a whole row beside their entries, so that no shared row is theirs.
  ///   - least: Entries below this are given to the base row, `[K]`; `nil` for none.
  /// - Complexity: O(K·(entries + rank)).
  func gather(_ tokens: [Int], without whole: [Int], leaving least: [Float]?) -> Gathered {
    let (shared, most) = (layout.sharedRows, layout.entries)
    var coefficients = gatherRows(tokens, of: UnsafeBufferPointer(self.coefficients), length: shared)
    var anchors = gatherRows(tokens, of: UnsafeBufferPointer(allEntryAnchors), length: most)
    var values = gatherRows(tokens, of: UnsafeBufferPointer(allEntryValues), length: most)
    var small = [Float](repeating: 0, count: tokens.count)
    var isWhole = [Bool](repeating: false, count: tokens.count)
    for place in whole { isWhole[place] = true }
    let starts = coefficients.withUnsafeMutableBufferPointer { coefficients in
      anchors.withUnsafeMutableBufferPointer { anchors in
        values.withUnsafeMutableBufferPointer { values in
          small.withUnsafeMutableBufferPointer { small in
            var starts = [0]
            starts.reserveCapacity(tokens.count + 1)
            var count = 0
            for place in tokens.indices {
              let first = place * most
              var end = first + most
              if isWhole[place] {
                for column in 0..<shared { coefficients[place * shared + column] = 0 }
              } else {
                // Entries are sorted: the small ones are the last ones.
                let limit = least?[place] ?? 0
                var sum: Float = 0
                while end > first, values[end - 1] < limit {
                  end -= 1
                  sum += values[end]
                }
                small[place] = sum
                coefficients[place * shared] += sum
              }
              for entry in first..<end {
                anchors[count] = anchors[entry]
                values[count] = values[entry]
                count += 1
              }
              starts.append(count)
            }
            return starts
          }
        }
      }
    }
    return Gathered(
      entries: AnchorEntries(starts: starts, anchors: anchors, values: values, anchorCount: layout.anchors),
      coefficients: Matrix(rows: tokens.count, columns: shared, elements: coefficients), small: small)
  }
}
