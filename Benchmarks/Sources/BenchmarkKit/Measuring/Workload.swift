public import DeePEn

/// Something to measure in a process of its own, described so that it can be sent there.
public protocol Workload: Codable, Sendable {
  /// What the worker finds it by.
  static var name: String { get }

  /// Measures.
  func run() async throws -> Outcome
}

/// What was measured.
public struct Outcome: Codable, Sendable {
  /// Seconds and other repeated measurements.
  public var samples: [Samples]
  /// Figures that are measured once.
  public var figures: [String: Double]
  /// The largest memory that the process had, in bytes, as the operating system counts it.
  public var peakBytes = 0

  /// Collects what was measured.
  public init(samples: [Samples] = [], figures: [String: Double] = [:]) {
    self.samples = samples
    self.figures = figures
  }

  /// The samples of a name.
  ///
  /// - Throws: ``BenchmarkError`` where nothing of that name was measured.
  public func samples(_ name: String) throws -> Samples {
    guard let found = samples.first(where: { $0.name == name }) else {
      throw BenchmarkError("\(name) was not measured", remedy: "Look for the worker's message above.")
    }
    return found
  }
}

/// Why something cannot be measured, and what to do.
public struct BenchmarkError: ExplainedError {
  /// What is wrong.
  public var problem: String
  /// What to do about it.
  public var remedy: String

  /// Makes an error that reads "problem. remedy".
  public init(_ problem: String, remedy: String) {
    self.problem = problem
    self.remedy = remedy
  }

  /// "problem. remedy"
  public var description: String { "\(problem). \(remedy)" }

  /// The same.
  public var errorDescription: String? { description }
}
