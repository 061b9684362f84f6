/// A byte string that is compared with many others by edit distance.
///
/// A column of the distance table is two words: the positions where it increases by one, and those where it decreases
/// (Myers, doi:10.1145/316542.316550). Strings of more than 64 bytes have the whole table filled.
struct EditPattern {
  let bytes: [UInt8]
  /// The positions of each byte value, as a bit mask.
  private var positions = [UInt64](repeating: 0, count: 256)

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    guard isShort else { return }
    for (index, byte) in bytes.enumerated() { positions[Int(byte)] |= 1 << UInt64(index) }
  }

  private var isShort: Bool { !bytes.isEmpty && bytes.count <= 64 }

  /// The edit distance to another string; `nil` where it is above the bound.
  ///
  /// - Complexity: O(n) for the other string's length n, up to 64 bytes of this one; else O(m·n).
  func distance(to other: UnsafeBufferPointer<UInt8>, within bound: Int) -> Int? {
    guard isShort else {
      let distance = tableDistance(to: other)
      return distance <= bound ? distance : nil
    }
    let last: UInt64 = 1 << UInt64(bytes.count - 1)
    var (up, down): (UInt64, UInt64) = (~0, 0)
    var (distance, left) = (bytes.count, other.count)
    for byte in other {
      let equal = positions[Int(byte)]
      let diagonal = ((equal & up) &+ up ^ up) | equal
      let vertical = equal | down
      var right = down | ~(diagonal | up)
      var back = up & diagonal
      if right & last != 0 { distance += 1 }
      if back & last != 0 { distance -= 1 }
      // Each remaining byte can lower the distance by one.
      left -= 1
      if distance - left > bound { return nil }
      right = right << 1 | 1
      back <<= 1
      up = back | ~(vertical | right)
      down = right & vertical
    }
    return distance <= bound ? distance : nil
  }

  private func tableDistance(to other: UnsafeBufferPointer<UInt8>) -> Int {
    var row = Array(0...bytes.count)
    for (line, left) in other.enumerated() {
      var diagonal = row[0]
      row[0] = line + 1
      for (column, right) in bytes.enumerated() {
        let value = min(row[column + 1] + 1, row[column] + 1, diagonal + (left == right ? 0 : 1))
        diagonal = row[column + 1]
        row[column + 1] = value
      }
    }
    return row[bytes.count]
  }
}
