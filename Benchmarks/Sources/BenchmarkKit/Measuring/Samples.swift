/// Repeated measurements of one thing.
public struct Samples: Codable, Sendable, Hashable {
  /// What was measured.
  public var name: String
  /// The measurements, in the order in which they were made; seconds unless told otherwise.
  public var values: [Double]

  /// Collects measurements.
  public init(_ name: String, _ values: [Double] = []) {
    self.name = name
    self.values = values
  }

  /// The middle of the measurements.
  public var median: Double { quantile(0.5) }

  /// The value below which a share of the measurements lies, interpolated between neighbours; NaN for none.
  public func quantile(_ share: Double) -> Double {
    let sorted = values.sorted()
    guard let last = sorted.indices.last else { return .nan }
    let place = share * Double(last)
    let lower = Int(place)
    let upper = min(lower + 1, last)
    return sorted[lower] + (sorted[upper] - sorted[lower]) * (place - Double(lower))
  }

  /// This divided by another measured in the same rounds, round by round.
  ///
  /// - Precondition: Both have as many measurements.
  public func ratio(to other: Samples) -> Samples {
    precondition(values.count == other.values.count, "\(name) and \(other.name) were not measured in the same rounds.")
    return Samples("\(name) / \(other.name)", zip(values, other.values).map { $0 / $1 })
  }
}
