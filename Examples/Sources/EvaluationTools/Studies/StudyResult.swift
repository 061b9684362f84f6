import Foundation

/// The outcome of a study: a table, and series to draw.
package struct StudyResult: Sendable, Hashable {
  /// The study's name.
  package var name: String
  /// The columns' names.
  package var columns: [String]
  /// The table's cells; where a setting failed, the last cell has the reason.
  package var rows: [[String]]
  /// The label of the x axis.
  package var xLabel: String
  /// Bits per byte by setting, one series for each group of settings.
  package var bitsPerByte: [LineChart.Series]
  /// The search's mean last loss by setting; without points where rules do not search.
  package var losses: [LineChart.Series]
  /// Seconds per step by setting.
  package var secondsPerStep: [LineChart.Series]
  /// Accuracy by setting; without points where it was not requested.
  package var accuracy: [LineChart.Series]
}

/// A number for a table.
func figure(_ value: Double, places: Int = 3) -> String {
  value.isFinite ? String(format: "%.\(places)f", value) : "\(value)"
}
