import Foundation

/// A scale from values to positions, with ticks at round numbers.
struct PlotAxis {
  /// The values at the two ends.
  let range: ClosedRange<Double>
  /// The values of the ticks.
  let ticks: [Double]
  /// The number of decimals that tell the ticks apart.
  private let decimals: Int
  private let isLogarithmic: Bool
  private let positions: ClosedRange<Double>

  /// Creates a scale that contains all values.
  ///
  /// - Parameters:
  ///   - values: The values; those that are not finite are left out, and on a logarithmic scale those that are not
  ///     positive.
  ///   - positions: The positions of the ends.
  ///   - isLogarithmic: Whether the scale is logarithmic.
  init(_ values: [Double], positions: ClosedRange<Double>, isLogarithmic: Bool = false) {
    let usable = values.filter { $0.isFinite && (!isLogarithmic || $0 > 0) }
    let (least, most) = (usable.min() ?? (isLogarithmic ? 1 : 0), usable.max() ?? 1)
    self.positions = positions
    self.isLogarithmic = isLogarithmic
    if isLogarithmic {
      let marks = Set(usable).sorted()
      ticks = marks.count > 8 ? stride(from: 0, to: marks.count, by: (marks.count + 7) / 8).map { marks[$0] } : marks
      range = least < most ? least...most : least / 2...least * 2
      decimals = 3
    } else {
      let rough = Self.roundStep((least < most ? most - least : abs(most)) / 5)
      // Whole numbers have no ticks between them.
      let step = usable.allSatisfy { $0 == $0.rounded() } ? max(1, rough) : rough
      let first = (least / step).rounded(.down) * step
      let last = max((most / step).rounded(.up) * step, first + step, first.nextUp)
      decimals =
        step >= 1 ? 0 : min(9, Int((-log(step) / log(10.0)).rounded(.up)))
      range = first...last
      ticks = (0...Int(((last - first) / step).rounded())).map { first + Double($0) * step }
    }
  }

  /// The position of a value; `nil` for one that has none.
  func position(of value: Double) -> Double? {
    guard value.isFinite, !isLogarithmic || value > 0 else { return nil }
    let scaled = { (x: Double) in isLogarithmic ? log(x) : x }
    let (low, high) = (scaled(range.lowerBound), scaled(range.upperBound))
    let share = (scaled(min(max(value, range.lowerBound), range.upperBound)) - low) / (high - low)
    return positions.lowerBound + share * (positions.upperBound - positions.lowerBound)
  }

  /// A tick's label.
  func label(_ value: Double) -> String {
    guard isLogarithmic else { return ComparisonTable.decimal(value, places: decimals) }
    let text = ComparisonTable.decimal(value, places: decimals)
    let digits = text.contains(".") ? text.reversed().drop { $0 == "0" } : text.reversed()[...]
    return String((digits.first == "." ? digits.dropFirst() : digits).reversed())
  }

  /// A value between ticks, with more digits than the ticks have.
  func figure(_ value: Double) -> String {
    ComparisonTable.decimal(value, places: min(9, decimals + (decimals > 0 ? 2 : 1)))
  }

  /// The next of 1, 2, 5, 10 times a power of ten.
  private static func roundStep(_ step: Double) -> Double {
    guard step > 0, step.isFinite else { return 1 }
    var power = 1.0
    while power * 10 <= step { power *= 10 }
    while power > step { power /= 10 }
    return [1, 2, 5, 10].map { $0 * power }.first { $0 >= step * 0.999 } ?? 10 * power
  }
}
