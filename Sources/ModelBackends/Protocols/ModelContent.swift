/// The identity of everything that determines a model's answers: two models of equal content give equal answers, so
/// that the answers of one may be cached and shown for the other.
public struct ModelContent: Sendable, Hashable {
  /// Files of which every byte matters, such as weights and tokenizers.
  public var files: [String]
  /// Other determining values, such as options, a seed, or the engine's version.
  public var details: [String]

  /// Describes a model.
  public init(files: [String] = [], details: [String] = []) {
    self.files = files
    self.details = details
  }
}
