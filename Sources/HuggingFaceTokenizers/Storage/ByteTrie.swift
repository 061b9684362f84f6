/// A prefix tree of byte strings, each with a number.
///
/// Node 0 is the root; branches are entries of one table, keyed by node and byte.
struct ByteTrie: Sendable {
  private var branches: IntegerTable
  /// The number of the string that ends at a node, or −1.
  private var values: [Int32] = [-1]
  /// The first bytes of all strings: most positions of a text are skipped after one look-up.
  private var starts = [Bool](repeating: false, count: 256)

  init(minimumCapacity: Int = 0) {
    branches = IntegerTable(minimumCapacity: minimumCapacity)
  }

  /// Whether there are no strings.
  var isEmpty: Bool { values.count == 1 }

  /// Adds a string, or replaces its number.
  mutating func insert(_ string: some Collection<UInt8>, value: Int) {
    guard let first = string.first else { return }
    starts[Int(first)] = true
    var node: UInt32 = 0
    for byte in string {
      let key = UInt64(node) << 8 | UInt64(byte)
      if let child = branches[key] {
        node = child
      } else {
        let child = UInt32(values.count)
        values.append(-1)
        branches.set(child, for: key)
        node = child
      }
    }
    values[Int(node)] = Int32(value)
  }

  /// Removes a string.
  mutating func remove(_ string: some Collection<UInt8>) {
    if !string.isEmpty, let node = node(of: string) { values[Int(node)] = -1 }
  }

  /// The child of a node for a byte.
  @inline(__always)
  func step(from node: UInt32, _ byte: UInt8) -> UInt32? { branches[UInt64(node) << 8 | UInt64(byte)] }

  /// The node of a string.
  func node(of string: some Collection<UInt8>) -> UInt32? {
    var node: UInt32 = 0
    for byte in string {
      guard let child = step(from: node, byte) else { return nil }
      node = child
    }
    return node
  }

  /// The number of the string that ends at a node.
  @inline(__always)
  func value(at node: UInt32) -> Int? {
    let value = values[Int(node)]
    return value < 0 ? nil : Int(value)
  }

  /// The longest string that the text contains at an index.
  ///
  /// - Parameter node: The node to start from: the root, or the node of a prefix that is not part of the text.
  /// - Complexity: O(length of the longest string).
  func longestMatch(in text: ArraySlice<UInt8>, at index: Int, from node: UInt32 = 0) -> (end: Int, value: Int)? {
    if node == 0, !starts[Int(text[index])] { return nil }
    var match: (end: Int, value: Int)?
    var node = node
    var index = index
    while index < text.endIndex, let child = step(from: node, text[index]) {
      node = child
      index += 1
      if let value = value(at: node) { match = (index, value) }
    }
    return match
  }
}
