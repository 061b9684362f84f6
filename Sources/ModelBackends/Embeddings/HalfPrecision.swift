extension Float {
  /// Converts a number from the 16 bits of IEEE half precision.
  ///
  /// Swift's own half-precision type is missing on Intel Macs.
  @inlinable
  package init(halfBits bits: UInt16) {
    // The bits below the sign, read as single precision, are the number times 2⁻¹¹², subnormals included.
    let magnitude = Float(bitPattern: UInt32(bits & 0x7fff) << 13) * 0x1p112
    let sign = UInt32(bits & 0x8000) << 16
    // Infinity and NaN keep the largest exponent.
    let special: UInt32 = bits & 0x7c00 == 0x7c00 ? 0x7f80_0000 : 0
    self = Float(bitPattern: magnitude.bitPattern | sign | special)
  }
}
