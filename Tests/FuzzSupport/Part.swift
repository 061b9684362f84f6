/// A part of a parsed file: a number, bytes, or a sequence of smaller parts.
///
/// Lengths and counts are computed when the file is encoded again, so that a change deep inside leaves the rest
/// readable, unless the change is to a length or a count itself.
package final class Part {
  package enum Kind {
    /// Bytes as they are.
    case bytes
    /// A little-endian number of some bytes.
    case number(width: Int)
    /// A number of seven bits to a byte, as protobuf writes them.
    case varint
    /// A number in digits.
    case digits
    /// Parts with bytes before, between and after them.
    case group(opening: String, separator: String, closing: String)
    /// Parts after their length in bytes.
    case sized(Prefix)
    /// Parts after their count.
    case counted(Prefix)
    /// Zeros up to an alignment in bytes from the file's beginning.
    case padding(Int)
  }

  /// The encoding of a length or a count.
  package enum Prefix {
    case number(width: Int)
    case varint
  }

  package var kind: Kind
  /// The number, if the part is one.
  package var value: UInt64 = 0
  /// The bytes, or the digits.
  package var bytes: [UInt8] = []
  package var children: [Part] = []
  /// The relative probability of a change here, among its siblings.
  package var weight = 1
  /// A false length or count to write instead of the true one.
  package var claim: UInt64?
  /// The part whose count this number is, until it is changed.
  package var counts: Part?

  package init(_ kind: Kind, value: UInt64 = 0, bytes: some Sequence<UInt8> = [], children: [Part] = []) {
    self.kind = kind
    self.value = value
    self.bytes = Array(bytes)
    self.children = children
  }

  package static func bytes(_ bytes: some Sequence<UInt8>) -> Part { Part(.bytes, bytes: bytes) }

  package static func group(_ children: [Part]) -> Part {
    Part(.group(opening: "", separator: "", closing: ""), children: children)
  }

  /// A deep copy.
  package func copy() -> Part {
    let copy = Part(kind, value: value, bytes: bytes, children: children.map { $0.copy() })
    copy.weight = weight
    copy.claim = claim
    return copy
  }

  /// The number of parts, including this one.
  package var count: Int { children.reduce(1) { $0 + $1.count } }

  /// The encoded part.
  package func encoded() -> [UInt8] {
    var output: [UInt8] = []
    append(to: &output)
    return output
  }

  private func append(to output: inout [UInt8]) {
    switch kind {
    case .bytes, .digits: output += bytes
    case .number(let width):
      Prefix.number(width: width).append(counts.map { UInt64($0.children.count) } ?? value, to: &output)
    case .varint: Prefix.varint.append(value, to: &output)
    case .group(let opening, let separator, let closing):
      output += opening.utf8
      for (index, child) in children.enumerated() {
        if index > 0 { output += separator.utf8 }
        child.append(to: &output)
      }
      output += closing.utf8
    case .sized(let prefix):
      var body: [UInt8] = []
      for child in children { child.append(to: &body) }
      prefix.append(claim ?? UInt64(body.count), to: &output)
      output += body
    case .counted(let prefix):
      prefix.append(claim ?? UInt64(children.count), to: &output)
      for child in children { child.append(to: &output) }
    case .padding(let multiple):
      output += repeatElement(0, count: (multiple - output.count % multiple) % multiple)
    }
  }
}

extension Part.Prefix {
  fileprivate func append(_ value: UInt64, to output: inout [UInt8]) {
    switch self {
    case .number(let width):
      for byte in 0..<width { output.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))) }
    case .varint:
      var rest = value
      while rest > 0x7f {
        output.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
      }
      output.append(UInt8(rest))
    }
  }
}
