internal import CBLASShim

/// A fast 64-bit content hash (Collet's XXH64, https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md).
///
/// It guards against accidents, such as a changed file or a damaged disk; not against someone who looks for two
/// contents with the same hash.
package enum XXH64 {
  /// The hash of some bytes.
  ///
  /// - Complexity: O(bytes.count).
  package static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
    // An empty buffer may have no address; nothing is read then.
    deepen_xxh64(Int64(bytes.count), bytes.baseAddress, seed)
  }
}
