#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Android)
  internal import Android
#else
  internal import Glibc
#endif

/// The C library's functions, whose module is named differently on each platform.
package enum ElementaryFunctions {
  /// The natural logarithm.
  package static func log(_ x: Double) -> Double { platformLog(x) }

  /// The natural logarithm, in single precision.
  package static func log(_ x: Float) -> Float { platformLog(x) }

  /// e raised to a power.
  package static func exp(_ x: Double) -> Double { platformExp(x) }

  /// e raised to a power, in single precision.
  package static func exp(_ x: Float) -> Float { platformExp(x) }

  /// The cosine of an angle in radians.
  package static func cos(_ x: Double) -> Double { platformCos(x) }

  /// A number raised to a power.
  package static func pow(_ x: Double, _ exponent: Double) -> Double { platformPow(x, exponent) }
}

// Outside the enumeration, these names are the library's.
private func platformLog(_ x: Double) -> Double { log(x) }
private func platformLog(_ x: Float) -> Float { log(x) }
private func platformExp(_ x: Double) -> Double { exp(x) }
private func platformExp(_ x: Float) -> Float { exp(x) }
private func platformCos(_ x: Double) -> Double { cos(x) }
private func platformPow(_ x: Double, _ exponent: Double) -> Double { pow(x, exponent) }
