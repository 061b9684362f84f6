import Foundation

/// Functions of the C library under names that do not clash with Swift's.
enum ElementaryLogarithm {
  static func of(_ x: Float) -> Float { log(x) }
}

extension Double {
  /// This number raised to a power.
  func power(_ exponent: Double) -> Double { pow(self, exponent) }
}
