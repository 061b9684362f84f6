/// One of Unicode's normalisation forms (UAX 15), for the characters of Unicode 9.0.
///
/// That is the version in the `tokenizers` library, with which published vocabularies were built. Later characters stay
/// as they are. Forms of assigned characters never change, so a later version would differ in later characters alone.
package enum NormalForm: String, Sendable, CaseIterable {
  /// Canonical decomposition, then canonical composition.
  case composed = "NFC"
  /// Canonical decomposition.
  case decomposed = "NFD"
  /// Compatibility decomposition, then canonical composition.
  case compatibilityComposed = "NFKC"
  /// Compatibility decomposition.
  case compatibilityDecomposed = "NFKD"

  private var isCompatible: Bool { self == .compatibilityComposed || self == .compatibilityDecomposed }
  private var composes: Bool { self == .composed || self == .compatibilityComposed }

  /// A text in this form.
  ///
  /// - Parameter text: Valid UTF-8.
  /// - Complexity: O(n log n) for n bytes.
  package func normalized(_ text: ArraySlice<UInt8>) -> [UInt8] {
    if text.allSatisfy({ $0 < keptBelow }) { return Array(text) }
    let table = NormalFormTable.shared
    var scalars: [UInt32] = []
    scalars.reserveCapacity(text.count)
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      table.decompose(scalar.value, isCompatible: isCompatible, into: &scalars)
    }
    Self.order(&scalars, by: table)
    if composes { Self.compose(&scalars, by: table) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count + text.count / 4)
    for scalar in scalars {
      if scalar < 0x80 {
        bytes.append(UInt8(scalar))
      } else {
        bytes.append(contentsOf: UTF8.encode(Unicode.Scalar(scalar)!)!)
      }
    }
    return bytes
  }

  /// The lower bound of bytes that may change: ASCII stays in every form, and in NFC everything before the
  /// marks (U+0300 begins with CC).
  private var keptBelow: UInt8 { self == .composed ? 0xCC : 0x80 }

  /// Sorts each run of marks by their classes; marks of one class keep their order.
  private static func order(_ scalars: inout [UInt32], by table: NormalFormTable) {
    var start = 0
    while start < scalars.count {
      guard table.combiningClass(of: scalars[start]) > 0 else {
        start += 1
        continue
      }
      var marks: [(class: UInt8, scalar: UInt32)] = []
      var isOrdered = true
      var end = start
      while end < scalars.count, case let next = table.combiningClass(of: scalars[end]), next > 0 {
        if let last = marks.last, last.class > next { isOrdered = false }
        marks.append((next, scalars[end]))
        end += 1
      }
      if !isOrdered {
        // The indices make the order of equal classes stable.
        let order = marks.indices.sorted { (marks[$0].class, $0) < (marks[$1].class, $1) }
        for (offset, index) in order.enumerated() { scalars[start + offset] = marks[index].scalar }
      }
      start = end
    }
  }

  /// Composes each character with the last starter before it, where nothing between them blocks it and the pair has a
  /// composition.
  private static func compose(_ scalars: inout [UInt32], by table: NormalFormTable) {
    var starter: Int?
    var lastClass: UInt8 = 0
    var count = 0
    for scalar in scalars {
      let combiningClass = table.combiningClass(of: scalar)
      if let index = starter, index == count - 1 || (lastClass < combiningClass && lastClass > 0),
        let composite = table.composite(of: scalars[index], scalar)
      {
        scalars[index] = composite
        continue
      }
      if combiningClass == 0 { starter = count }
      lastClass = combiningClass
      scalars[count] = scalar
      count += 1
    }
    scalars.removeLast(scalars.count - count)
  }
}
