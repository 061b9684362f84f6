internal import ModelBackends

/// The merges of a byte-pair model, and their application to a word.
struct MergeTable: Sendable {
  /// The rank of a pair of tokens.
  private var ranks: IntegerTable
  /// The token that the merge of each rank produces.
  private var results: [UInt32] = []

  /// Reads merges, each `"a b"` or `["a", "b"]`.
  init(_ field: JSONField, spellings: SpellingTable, continuingPrefix: [UInt8]) throws {
    let merges = try field.array()
    ranks = IntegerTable(minimumCapacity: merges.count)
    results.reserveCapacity(merges.count)
    for (rank, merge) in merges.enumerated() {
      // The list may include the header line of a merges.txt.
      if rank == 0, case .string(let line) = merge, line.starts(with: Array("#version".utf8)) {
        results.append(0)
        continue
      }
      guard let (left, right) = MergeTable.pair(merge) else {
        throw try field.element(rank).fault("should hold two tokens")
      }
      guard right.count >= continuingPrefix.count, let leftID = spellings[left], let rightID = spellings[right],
        let result = spellings[left + right.dropFirst(continuingPrefix.count)]
      else {
        throw try field.element(rank).fault("joins tokens that are not all in the vocabulary")
      }
      ranks.set(UInt32(rank), for: UInt64(leftID) << 32 | UInt64(rightID))
      results.append(UInt32(result))
    }
  }

  private static func pair(_ merge: JSONValue) -> (left: ArraySlice<UInt8>, right: ArraySlice<UInt8>)? {
    switch merge {
    case .string(let text):
      guard let space = text.firstIndex(of: 0x20), !text[(space + 1)...].contains(0x20) else { return nil }
      return (text[..<space], text[(space + 1)...])
    case .array(let parts):
      guard parts.count == 2, case .string(let left) = parts[0], case .string(let right) = parts[1] else { return nil }
      return (left[...], right[...])
    default: return nil
    }
  }

  /// Merges symbols: the pair of the lowest rank first, of equal ranks the leftmost.
  ///
  /// - Complexity: O(n log n) for n symbols.
  func join(_ symbols: [UInt32], into tokens: inout [TokenID]) {
    if symbols.count < 2 {
      tokens.append(contentsOf: symbols.lazy.map { TokenID($0) })
      return
    }
    var word = LinkedWord(symbols)
    var queue = MergeQueue()
    for index in 0..<symbols.count - 1 {
      if let rank = ranks[word.pair(at: index, index + 1)] { queue.push(rank: rank, index: index) }
    }
    while let (rank, index) = queue.pop() {
      guard word.isAlive(index), let next = word.next(after: index) else { continue }
      // Another merge may have made this entry stale.
      guard let current = ranks[word.pair(at: index, next)], results[Int(current)] == results[Int(rank)] else {
        continue
      }
      word.join(index, next, as: results[Int(rank)])
      if let previous = word.previous(before: index), let rank = ranks[word.pair(at: previous, index)] {
        queue.push(rank: rank, index: previous)
      }
      if let following = word.next(after: index), let rank = ranks[word.pair(at: index, following)] {
        queue.push(rank: rank, index: index)
      }
    }
    word.append(to: &tokens)
  }
}

/// A word's symbols as a doubly linked list in arrays.
private struct LinkedWord {
  private static let removed = UInt32.max
  private var symbols: [UInt32]
  private var previous: [Int32]
  private var next: [Int32]

  init(_ symbols: [UInt32]) {
    self.symbols = symbols
    let count = Int32(symbols.count)
    previous = Array(-1..<count - 1)
    next = Array(1...count)
  }

  func pair(at left: Int, _ right: Int) -> UInt64 { UInt64(symbols[left]) << 32 | UInt64(symbols[right]) }
  func isAlive(_ index: Int) -> Bool { symbols[index] != LinkedWord.removed }
  func next(after index: Int) -> Int? { next[index] < next.count ? Int(next[index]) : nil }
  func previous(before index: Int) -> Int? { previous[index] < 0 ? nil : Int(previous[index]) }

  mutating func join(_ left: Int, _ right: Int, as symbol: UInt32) {
    symbols[left] = symbol
    symbols[right] = LinkedWord.removed
    next[left] = next[right]
    if next[left] < next.count { previous[Int(next[left])] = Int32(left) }
  }

  func append(to tokens: inout [TokenID]) {
    for symbol in symbols where symbol != LinkedWord.removed { tokens.append(TokenID(symbol)) }
  }
}

/// A binary heap of merges: the lowest rank first, then the leftmost index.
private struct MergeQueue {
  private var heap: [UInt64] = []

  mutating func push(rank: UInt32, index: Int) {
    heap.append(UInt64(rank) << 32 | UInt64(index))
    var child = heap.count - 1
    while child > 0, case let parent = (child - 1) / 2, heap[child] < heap[parent] {
      heap.swapAt(child, parent)
      child = parent
    }
  }

  mutating func pop() -> (rank: UInt32, index: Int)? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      var parent = 0
      while case let left = 2 * parent + 1, left < heap.count {
        let child = left + 1 < heap.count && heap[left + 1] < heap[left] ? left + 1 : left
        if heap[parent] <= heap[child] { break }
        heap.swapAt(parent, child)
        parent = child
      }
    }
    return (UInt32(first >> 32), Int(first & 0xFFFF_FFFF))
  }
}
