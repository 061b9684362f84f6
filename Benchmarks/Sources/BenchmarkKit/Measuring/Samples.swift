/// Repeated measurements of one contestant.
public struct Samples: Codable, Sendable, Hashable {
  /// The name of the contestant.
  public var name: String
  /// The measurements in order; seconds unless stated otherwise.
  public var values: [Double]

  /// Collects measurements.
  public init(_ name: String, _ values: [Double] = []) {
    self.name = name
    self.values = values
  }

  /// The median.
  public var median: Double { quantile(0.5) }

  /// A quantile of the measurements, interpolated linearly; NaN for none.
  public func quantile(_ share: Double) -> Double {
    let sorted = values.sorted()
    guard let last = sorted.indices.last else { return .nan }
    let position = share * Double(last)
    let lower = Int(position)
    let upper = min(lower + 1, last)
    return sorted[lower] + (sorted[upper] - sorted[lower]) * (position - Double(lower))
  }

  /// The ratio to other samples of the same rounds, round by round.
  ///
  /// - Precondition: Both have as many measurements.
  public func ratio(to other: Samples) -> Samples {
    precondition(values.count == other.values.count, "\(name) and \(other.name) were not measured in the same rounds.")
    return Samples("\(name) / \(other.name)", zip(values, other.values).map { $0 / $1 })
  }
}
