/// A hash table from 64-bit keys to 32-bit numbers: open addressing with Fibonacci hashing.
///
/// The key of all ones marks a free slot and cannot be used.
struct IntegerTable: Sendable {
  private static let free = UInt64.max
  private var keys: [UInt64]
  private var values: [UInt32]
  private var shift: UInt64
  private(set) var count = 0

  init(minimumCapacity: Int = 0) {
    var bits: UInt64 = 4
    while 1 << bits < minimumCapacity * 2 { bits += 1 }
    keys = Array(repeating: IntegerTable.free, count: 1 << bits)
    values = Array(repeating: 0, count: 1 << bits)
    shift = 64 - bits
  }

  /// The number of a key.
  ///
  /// - Complexity: O(1).
  subscript(key: UInt64) -> UInt32? {
    @inline(__always) get {
      let slot = slot(of: key)
      return keys[slot] == key ? values[slot] : nil
    }
  }

  /// Sets the number of a key.
  mutating func set(_ value: UInt32, for key: UInt64) {
    precondition(key != IntegerTable.free)
    if (count + 1) * 2 > keys.count { grow() }
    let slot = slot(of: key)
    if keys[slot] != key { count += 1 }
    keys[slot] = key
    values[slot] = value
  }

  @inline(__always)
  private func slot(of key: UInt64) -> Int {
    let mask = keys.count - 1
    var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> shift)
    while keys[slot] != key, keys[slot] != IntegerTable.free { slot = (slot + 1) & mask }
    return slot
  }

  private mutating func grow() {
    var larger = IntegerTable(minimumCapacity: keys.count)
    for (key, value) in zip(keys, values) where key != IntegerTable.free { larger.set(value, for: key) }
    self = larger
  }
}
