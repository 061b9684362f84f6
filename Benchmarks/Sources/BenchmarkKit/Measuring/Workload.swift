public import DeePEn

/// A measurement in a separate process, described so that it can be sent there.
public protocol Workload: Codable, Sendable {
  /// The name by which the worker finds it.
  static var name: String { get }

  /// Measures.
  func run() async throws -> Outcome
}

/// The result of a measurement.
public struct Outcome: Codable, Sendable {
  /// Seconds and other repeated measurements.
  public var samples: [Samples]
  /// Figures that are measured once.
  public var figures: [String: Double]
  /// The process's peak resident memory in bytes, as the operating system counts it.
  public var peakBytes = 0

  /// Collects results.
  public init(samples: [Samples] = [], figures: [String: Double] = [:]) {
    self.samples = samples
    self.figures = figures
  }

  /// The samples of a name.
  /// - Throws: ``BenchmarkError`` where nothing of that name was measured.
  /// - Throws: ``BenchmarkError`` where nothing of that name was measured.
  public func samples(_ name: String) throws -> Samples {
    guard let found = samples.first(where: { $0.name == name }) else {
      throw BenchmarkError("\(name) was not measured", remedy: "Look for the worker's message above.")
    }
    return found
  }
}

/// The reason why a measurement is impossible, and the remedy.
public struct BenchmarkError: ExplainedError {
  /// The problem.
  public var problem: String
  /// The remedy.
  public var remedy: String

  /// Creates an error that reads "problem. remedy".
  public init(_ problem: String, remedy: String) {
    self.problem = problem
    self.remedy = remedy
  }

  /// "problem. remedy"
  public var description: String { "\(problem). \(remedy)" }

  /// The same.
  public var errorDescription: String? { description }
}
