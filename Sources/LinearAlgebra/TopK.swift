internal import CBLASShim

/// The indices of the k largest numbers, largest first; ties go to the lower index.
///
/// NaN comes after everything else. With fewer than k numbers, all indices are returned.
///
/// - Complexity: O(n + m·log k), where m ≤ n is the number of times that a number is among the k largest so far.
public func topK(_ k: Int, of values: [Float]) -> [Int] {
  precondition(k >= 0, "There are no \(k) largest numbers.")
  let count = min(k, values.count)
  guard count > 0 else { return [] }
  // A heap of the best indices so far, the worst of them at the root.
  var heap: [Int] = []
  heap.reserveCapacity(count)
  values.withUnsafeBufferPointer { values in
    func isBefore(_ a: Int, _ b: Int) -> Bool {
      let (x, y) = (values[a], values[b])
      if x > y { return true }
      if x < y { return false }
      if x.isNaN != y.isNaN { return y.isNaN }
      return a < b
    }
    func sink(from start: Int, in size: Int) {
      var parent = start
      while true {
        var worst = parent
        for child in (2 * parent + 1)...(2 * parent + 2) where child < size && isBefore(heap[worst], heap[child]) {
          worst = child
        }
        guard worst != parent else { return }
        heap.swapAt(parent, worst)
        parent = worst
      }
    }
    heap.append(contentsOf: 0..<count)
    for start in stride(from: count / 2 - 1, through: 0, by: -1) { sink(from: start, in: count) }
    func next(from index: Int) -> Int {
      Int(deepen_next_above(Int64(values.count), values.baseAddress, Int64(index), values[heap[0]]))
    }
    var index = next(from: count)
    while index < values.count {
      if isBefore(index, heap[0]) {
        heap[0] = index
        sink(from: 0, in: count)
      }
      index = next(from: index + 1)
    }
    heap.sort(by: isBefore)
  }
  return heap
}

/// The index of the largest number; ties go to the lowest. `nil` for no numbers or only NaN.
///
/// - Complexity: O(n).
public func argMax(_ values: [Float]) -> Int? {
  var (maximum, index) = (Float(0), Int64(0))
  _ = deepen_arg_maximum(Int64(values.count), values, &maximum, &index)
  return index < 0 ? nil : Int(index)
}
