internal import Foundation

/// What a study measured: a table, and series to draw.
public struct StudyResult: Sendable, Hashable {
  /// A line in a plot.
  public struct Series: Sendable, Hashable {
    /// What the line shows.
    public var name: String
    /// Its points.
    public var points: [Point]

    /// Makes a line.
    public init(name: String, points: [Point]) {
      self.name = name
      self.points = points
    }
  }

  /// A point of a line.
  public struct Point: Sendable, Hashable {
    /// The setting.
    public var x: Double
    /// What was measured.
    public var y: Double

    /// Makes a point.
    public init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// What was studied.
  public var name: String
  /// The columns' names.
  public var columns: [String]
  /// The table's cells; where a setting failed, the last cell says why.
  public var rows: [[String]]
  /// What the settings have on the x axis.
  public var xLabel: String
  /// Bits per byte by setting, a series for each group of settings.
  public var bitsPerByte: [Series]
  /// The search's mean last loss by setting; without points where rules do not search.
  public var losses: [Series]
  /// Seconds a step by setting.
  public var secondsPerStep: [Series]
  /// Accuracy by setting; without points where it was not asked for.
  public var accuracy: [Series]
}

/// A number for a table.
func figure(_ value: Double, places: Int = 3) -> String {
  value.isFinite ? String(format: "%.\(places)f", value) : "\(value)"
}
