import Evaluation

/// The format of a report.
package enum ReportFormat: String, Sendable, Hashable, CaseIterable {
  /// A self-contained page with a chart.
  case html
  /// Markdown, without the chart.
  case markdown

  /// The file extensions of this format.
  package var endings: [String] {
    switch self {
    case .html: ["html", "htm"]
    case .markdown: ["md", "markdown"]
    }
  }

  /// The format of a file extension.
  ///
  /// - Throws: ``EvaluationError`` with the available extensions.
  package init(file: String) throws {
    let name = file.split(separator: "/").last ?? ""
    let ending = name.contains(".") ? name.split(separator: ".").last.map { $0.lowercased() } : nil
    guard let format = Self.allCases.first(where: { ending.map($0.endings.contains) ?? false }) else {
      let known = Self.allCases.flatMap(\.endings).map { ".\($0)" }.joined(separator: ", ")
      throw EvaluationError(
        .invalidOption, "\(file) has no ending that names the format of a report",
        remedy: "End its name in one of \(known).")
    }
    self = format
  }
}
