public import Ensembling

/// A row of a comparison: something that answers and, where it can, scores given texts.
public struct Contestant: Sendable {
  /// The row's name.
  public var name: String
  /// The answerer.
  package var answering: any Answering
  /// The scorer of given texts; `nil` for wrappers around finished answers, which have no probabilities.
  package var scorer: Ensemble?
  /// Settings worth a column, in order, such as ("η", "0.15").
  package var settings: [(name: String, value: String)]

  /// Creates a row for an ensemble.
  public init(_ name: String, _ ensemble: Ensemble, settings: [(name: String, value: String)] = []) {
    self.name = name
    answering = ensemble
    scorer = ensemble
    self.settings = settings
  }

  /// Creates a row for something that answers only.
  public init(_ name: String, answering: any Answering, settings: [(name: String, value: String)] = []) {
    self.name = name
    self.answering = answering
    scorer = nil
    self.settings = settings
  }
}
