public import RelativeSpace

/// A rule that maps a distribution from the relative space back to the main model's vocabulary.
///
/// It looks for a distribution p′ of the main model whose relative distribution p′·R̂ comes closer to the fused one r̄:
/// it lowers KL(r̄ ‖ p′·R̂), starting from the main model's own p (arXiv 2404.12715).
///
/// ``SearchStart`` has everything that a search needs, including the softmax and the projection that the rule has
/// computed anyway, so that a search from another package has the same shortcuts as those of this one.
public protocol InverseSearch: Sendable {
  /// The search's name in tables, with the settings that matter; the type's name by default.
  var name: String { get }

  /// Checks that the search's settings can be used, before any model is asked; by default, accepts all.
  ///
  /// - Throws: ``InverseSearchError`` with the code `invalidOption` that says which values can be used.
  func validate() throws

  /// Runs the search.
  ///
  /// - Parameter start: The main model's logits, softmax and projection, the target and the alignment, all checked.
  /// - Throws: ``InverseSearchError`` where settings cannot be used or the search leaves the range of finite numbers.
  func search(_ start: SearchStart) throws -> SearchResult
}

extension InverseSearch {
  /// The type's name.
  public var name: String { "\(Self.self)" }

  /// Accepts all settings.
  public func validate() throws {}

  /// Searches from logits alone.
  ///
  /// - Parameters:
  ///   - mainLogits: The main model's logits, `[V]`.
  ///   - target: The fused relative distribution r̄, `[A]`.
  ///   - alignment: The main model's R̂, `[V × A]`.
  /// - Throws: ``InverseSearchError``, also where the input has wrong lengths or is not a distribution.
  public func search(
    from mainLogits: [Float], toward target: [Float], through alignment: any TokenAlignment
  ) throws -> SearchResult {
    try search(SearchStart(logits: mainLogits, target: target, alignment: alignment))
  }
}

/// The result of a search, with its losses.
public struct SearchResult: Sendable, Hashable {
  /// The main model's logits after the search, `[V]`; their softmax is the distribution to choose the next token from.
  public var logits: [Float]
  /// KL(r̄ ‖ p′·R̂) before the first step and after every step: one more than the number of steps.
  public var losses: [Float]
  /// The softmax of ``logits``, where the search has computed it, `[V]`.
  public var probabilities: [Float]?

  /// Creates a result.
  public init(logits: [Float], losses: [Float], probabilities: [Float]? = nil) {
    self.logits = logits
    self.losses = losses
    self.probabilities = probabilities
  }
}
