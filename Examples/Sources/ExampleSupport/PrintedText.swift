// The C library's `stdout` is a variable on Linux, which nobody sets.
#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  @preconcurrency import Glibc
#endif

/// Writes out what `print` holds back.
///
/// - Returns: Why this, or something before it, could not be written; `nil` where all was.
func flushPrinted() -> Int32? {
  guard fflush(stdout) == 0 else { return errno }
  return ferror(stdout) == 0 ? nil : EIO
}
