/// What decides a model's answers: two models of equal content answer alike, so that what one of them said before may
/// be kept and shown for the other.
public struct ModelContent: Sendable, Hashable {
  /// Files of which every byte counts, such as weights and tokenizers.
  public var files: [String]
  /// What else counts, such as options, a seed, or the engine's version.
  public var details: [String]

  /// Describes a model.
  public init(files: [String] = [], details: [String] = []) {
    self.files = files
    self.details = details
  }
}
