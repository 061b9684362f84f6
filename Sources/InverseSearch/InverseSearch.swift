public import RelativeSpace

/// A rule that goes back from the relative space to the main model's vocabulary.
///
/// It looks for a distribution p′ of the main model whose relative distribution p′·R̂ comes closer to the fused one r̄:
/// it lowers KL(r̄ ‖ p′·R̂), starting from the main model's own p (arXiv 2404.12715).
///
/// ``SearchStart`` has everything that a search needs, the softmax and the projection that the rule has computed anyway
/// among it, so that a search from another package has the same short cuts as those of this one.
public protocol InverseSearch: Sendable {
  /// The search's name in tables, with the settings that matter; the type's name unless told otherwise.
  var name: String { get }

  /// Checks that the search's settings can be used, before any model is asked; nothing unless told otherwise.
  ///
  /// - Throws: ``InverseSearchError`` with the code `invalidOption` that says which can.
  func validate() throws

  /// Searches.
  ///
  /// - Parameter start: The main model's logits, softmax and projection, the target and the alignment, all checked.
  /// - Throws: ``InverseSearchError`` where settings cannot be used or the search leaves the numbers.
  func search(_ start: SearchStart) throws -> SearchResult
}

extension InverseSearch {
  /// The type's name.
  public var name: String { "\(Self.self)" }

  /// Every setting can be used.
  public func validate() throws {}

  /// Searches from logits of which nothing else is known.
  ///
  /// - Parameters:
  ///   - mainLogits: The main model's logits, `[V]`.
  ///   - target: The fused relative distribution r̄, `[A]`.
  ///   - alignment: The main model's R̂, `[V × A]`.
  /// - Throws: ``InverseSearchError``, also where the input has wrong lengths or numbers that are no distribution.
  public func search(
    from mainLogits: [Float], toward target: [Float], through alignment: any TokenAlignment
  ) throws -> SearchResult {
    try search(SearchStart(logits: mainLogits, target: target, alignment: alignment))
  }
}

/// The result of a search, and how it went.
public struct SearchResult: Sendable, Hashable {
  /// The main model's logits after the search, `[V]`; their softmax is the distribution to choose the next token from.
  public var logits: [Float]
  /// KL(r̄ ‖ p′·R̂) before the first step and after every step: one more than there were steps.
  public var losses: [Float]
  /// The softmax of ``logits``, where the search has computed it, `[V]`.
  public var probabilities: [Float]?

  /// Makes a result.
  public init(logits: [Float], losses: [Float], probabilities: [Float]? = nil) {
    self.logits = logits
    self.losses = losses
    self.probabilities = probabilities
  }
}
