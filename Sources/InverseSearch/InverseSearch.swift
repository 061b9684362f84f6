public import RelativeSpace

/// A rule that goes back from the relative space to the main model's vocabulary.
///
/// It looks for a distribution p′ of the main model whose relative distribution p′·R̂ comes closer to the fused one r̄:
/// it lowers KL(r̄ ‖ p′·R̂), starting from the main model's own p (arXiv 2404.12715).
public protocol InverseSearch: Sendable {
  /// What the search is called in tables, with the settings that matter; the type's name unless told otherwise.
  var name: String { get }

  /// Checks that the search's settings can be used, before any model is asked; nothing unless told otherwise.
  ///
  /// - Throws: ``InverseSearchError`` with the code `invalidOption` that says what can.
  func validate() throws

  /// Searches.
  ///
  /// - Parameters:
  ///   - mainLogits: The main model's logits, `[V]`. A token with the logit −∞ is out of the question and stays so.
  ///   - target: The fused relative distribution r̄, `[A]`.
  ///   - alignment: The main model's R̂, `[V × A]`.
  /// - Throws: ``InverseSearchError`` where the input has wrong lengths or numbers that are no distribution.
  func search(from mainLogits: [Float], toward target: [Float], through alignment: any TokenAlignment) throws
    -> SearchResult
}

extension InverseSearch {
  /// The type's name.
  public var name: String { "\(Self.self)" }

  /// Every setting can be used.
  public func validate() throws {}
}

/// Where a search arrived, and how it went.
public struct SearchResult: Sendable, Hashable {
  /// The main model's logits after the search, `[V]`; their softmax is the distribution to choose the next token from.
  public var logits: [Float]
  /// KL(r̄ ‖ p′·R̂) before the first step and after every step: one more than there were steps.
  public var losses: [Float]

  /// Makes a result.
  public init(logits: [Float], losses: [Float]) {
    self.logits = logits
    self.losses = losses
  }
}
