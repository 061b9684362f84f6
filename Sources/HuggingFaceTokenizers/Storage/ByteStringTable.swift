/// A hash table from byte strings to numbers, stored in a few flat arrays.
///
/// Open addressing over a Fowler–Noll–Vo hash: large vocabularies load without an allocation for every entry.
struct ByteStringTable: Sendable {
  private var bytes: [UInt8] = []
  private var starts: [Int] = [0]
  private var values: [Int32] = []
  /// Entry + 1 for each slot; 0 where a slot is free. A power of two long.
  private var slots: [Int32]

  init(minimumCapacity: Int = 0) {
    var size = 16
    while size < minimumCapacity * 2 { size *= 2 }
    slots = Array(repeating: 0, count: size)
    values.reserveCapacity(minimumCapacity)
    starts.reserveCapacity(minimumCapacity + 1)
  }

  /// The number of entries.
  var count: Int { values.count }

  /// Sets the number of a key.
  mutating func set(_ value: Int, for key: some Collection<UInt8>) {
    if (count + 1) * 2 > slots.count { grow() }
    let slot = slot(of: key)
    if slots[slot] > 0 {
      values[Int(slots[slot]) - 1] = Int32(value)
      return
    }
    values.append(Int32(value))
    bytes.append(contentsOf: key)
    starts.append(bytes.count)
    slots[slot] = Int32(values.count)
  }

  /// The number of a key.
  ///
  /// - Complexity: O(length of the key).
  @inline(__always)
  subscript(key: some Collection<UInt8>) -> Int? {
    let entry = slots[slot(of: key)]
    return entry > 0 ? Int(values[Int(entry) - 1]) : nil
  }

  @inline(__always)
  private static func hash(_ key: some Collection<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in key { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return hash ^ hash >> 32
  }

  @inline(__always)
  private func slot(of key: some Collection<UInt8>) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: ByteStringTable.hash(key)) & mask
    while slots[slot] > 0 {
      let entry = Int(slots[slot]) - 1
      if starts[entry + 1] - starts[entry] == key.count, bytes[starts[entry]..<starts[entry + 1]].elementsEqual(key) {
        return slot
      }
      slot = (slot + 1) & mask
    }
    return slot
  }

  private mutating func grow() {
    slots = Array(repeating: 0, count: slots.count * 2)
    let mask = slots.count - 1
    for entry in values.indices {
      let key = bytes[starts[entry]..<starts[entry + 1]]
      var slot = Int(truncatingIfNeeded: ByteStringTable.hash(key)) & mask
      while slots[slot] > 0 { slot = (slot + 1) & mask }
      slots[slot] = Int32(entry + 1)
    }
  }
}
