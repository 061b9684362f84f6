package import DeePEn
package import Evaluation

/// Settings of a rule, measured one after the other on a recording.
package struct Study: Sendable {
  /// One setting.
  package struct Setting: Sendable {
    /// The row's name.
    package var name: String
    /// The line of the setting.
    package var series: String
    /// The x coordinate.
    package var x: Double
    /// The members' weights; `nil` for equal weights.
    package var weights: [Float]?
    /// Creates the rule.
    package var fusion: @Sendable () async throws -> any TokenFusion
    /// Creates a recording of its own, for settings with other members than the study's; `nil` for the study's
    /// recording.
    package var recording: (@Sendable () async throws -> LogitRecording)?

    /// Describes a setting.
    package init(
      _ name: String, series: String, x: Double, weights: [Float]? = nil,
      recording: (@Sendable () async throws -> LogitRecording)? = nil,
      fusion: @escaping @Sendable () async throws -> any TokenFusion
    ) {
      self.name = name
      self.series = series
      self.x = x
      self.weights = weights
      self.recording = recording
      self.fusion = fusion
    }
  }

  /// The study's name.
  package var name: String
  /// The label of the x axis.
  package var xLabel: String
  /// The settings, in order.
  package var settings: [Setting]

  /// Describes a study.
  package init(_ name: String, xLabel: String, settings: [Setting]) {
    self.name = name
    self.xLabel = xLabel
    self.settings = settings
  }

  /// Measures every setting.
  ///
  /// A setting that fails has a row with the reason, and the others continue.
  ///
  /// - Parameters:
  ///   - recording: The recording to measure on; `nil` where every setting has its own.
  ///   - accuracy: The accuracy of answers with a rule, where it is measured too.
  ///   - progress: Called after each setting with the completed share, from 0 to 1.
  /// - Throws: `CancellationError`.
  package func run(
    on recording: LogitRecording?, accuracy: (@Sendable (any TokenFusion) async throws -> Double)? = nil,
    progress: (@Sendable (Double) -> Void)? = nil
  ) async throws -> StudyResult {
    var result = StudyResult(
      name: name,
      columns: ["series", "setting", "bits per byte", "next token right", "as main", "loss before", "loss after"]
        + ["ms per step", "accuracy", "note"],
      rows: [], xLabel: xLabel, bitsPerByte: [], losses: [], secondsPerStep: [], accuracy: [])
    for (index, setting) in settings.enumerated() {
      try Task.checkCancellation()
      var cells = [setting.series, setting.name]
      do {
        guard let texts = try await setting.recording?() ?? recording else {
          throw EvaluationError(
            .incomplete, "There is no recording for \(setting.name)", remedy: "Give the study or the setting one.")
        }
        let fusion = try await setting.fusion()
        let score = try await texts.score(of: fusion, weights: setting.weights)
        let share = try await accuracy?(fusion)
        cells += [figure(score.bitsPerByte, places: 4), figure(score.accuracy), figure(score.agreementWithMain)]
        cells += [score.meanLosses.map { figure($0.before, places: 5) } ?? "–"]
        cells += [score.meanLosses.map { figure($0.after, places: 5) } ?? "–"]
        cells += [figure(score.secondsPerStep * 1000), share.map { figure($0) } ?? "–", ""]
        result.bitsPerByte.add(score.bitsPerByte, of: setting)
        if let losses = score.meanLosses { result.losses.add(losses.after, of: setting) }
        result.secondsPerStep.add(score.secondsPerStep, of: setting)
        if let share { result.accuracy.add(share, of: setting) }
      } catch let error as CancellationError {
        throw error
      } catch {
        cells += Array(repeating: "–", count: 7) + ["\(error)"]
      }
      result.rows.append(cells)
      progress?(Double(index + 1) / Double(settings.count))
    }
    return result
  }
}

extension [LineChart.Series] {
  /// Adds a point to its setting's line, or starts the line.
  fileprivate mutating func add(_ y: Double, of setting: Study.Setting) {
    let point = LineChart.Point(x: setting.x, y: y)
    if let line = firstIndex(where: { $0.name == setting.series }) {
      self[line].points.append(point)
    } else {
      append(LineChart.Series(name: setting.series, points: [point]))
    }
  }
}
