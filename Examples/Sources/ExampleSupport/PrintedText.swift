// The C library's `stdout` is a variable on Linux, which nobody sets.
#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  @preconcurrency import Glibc
#endif

/// Flushes the buffered output of `print`.
///
/// - Returns: The reason why this, or earlier output, could not be written; `nil` where all was written.
func flushPrinted() -> Int32? {
  guard fflush(stdout) == 0 else { return errno }
  return ferror(stdout) == 0 ? nil : EIO
}
