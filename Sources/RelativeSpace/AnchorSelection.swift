internal import LinearAlgebra

/// A rule that chooses anchors from the tokens that all vocabularies share.
///
/// ```swift
/// let words = AnchorSelection { shared in
///   shared.indices.filter { shared[$0].bytes?.first == UInt8(ascii: " ") }
/// }
/// ```
public struct AnchorSelection: Sendable {
  private let choose: @Sendable (AnchorCandidates) throws -> [Int]
  /// Whether choosing takes long enough to be reported.
  package let takesLong: Bool
  /// The selection's name in a configuration; `nil` for one that a configuration cannot name.
  package private(set) var name: Name?

  /// A selection's name, with its arguments.
  package struct Name: Sendable, Hashable {
    package var word: String
    package var count: Int?
    package var seed: UInt64?
  }

  /// Creates a rule.
  ///
  /// - Parameter choose: Receives the shared tokens in the order of their bytes and returns indices into them, in any
  ///   order. A repeated index counts once.
  public init(_ choose: @escaping @Sendable (_ shared: [Anchors.Anchor]) throws -> [Int]) {
    self.choose = { try choose($0.shared) }
    takesLong = false
  }

  private init(takesLong: Bool, choose: @escaping @Sendable (AnchorCandidates) throws -> [Int]) {
    self.choose = choose
    self.takesLong = takesLong
  }

  /// A rule that reads the members' embeddings or uses their tokenizers.
  ///
  /// ```swift
  /// import LinearAlgebra
  ///
  /// let first = AnchorSelection.reading { candidates in
  ///   let rows = try candidates.directions(ofMember: 0)
  ///   return candidates.shared.indices.filter { rows[$0, 0] > 0 }
  /// }
  /// ```
  ///
  /// - Parameter choose: Receives the shared tokens in the order of their bytes, with access to the members' data about
  ///   them, and returns indices into them, in any order. A repeated index counts once.
  public static func reading(
    _ choose: @escaping @Sendable (_ candidates: AnchorCandidates) throws -> [Int]
  ) -> AnchorSelection {
    AnchorSelection(takesLong: true, choose: choose)
  }

  /// The chosen indices.
  ///
  /// - Precondition: The rule returns indices of `shared`.
  func indices(in shared: [Anchors.Anchor], material: AnchorMaterial = .none) throws -> Set<Int> {
    let indices = Set(try choose(AnchorCandidates(shared: shared, material: material)))
    for index in indices {
      precondition(shared.indices.contains(index), "Index \(index) is not among the \(shared.count) shared tokens.")
    }
    return indices
  }

  /// The same selection under a name.
  func named(_ word: String, count: Int? = nil, seed: UInt64? = nil) -> AnchorSelection {
    var selection = self
    selection.name = Name(word: word, count: count, seed: seed)
    return selection
  }

  /// Every shared token.
  public static let all = AnchorSelection { Array($0.indices) }.named("all")

  /// At most `count` shared tokens: those with the lowest identifiers in one vocabulary.
  ///
  /// Tokenizers trained by merging give frequent pieces low identifiers.
  ///
  /// - Parameters:
  ///   - count: The maximum number of anchors.
  ///   - member: The vocabulary; 0 is the first.
  public static func lowestIDs(_ count: Int, inMember member: Int = 0) -> AnchorSelection {
    let selection = AnchorSelection { shared in
      try check(count)
      guard let members = shared.first?.ids.count, (0..<members).contains(member) else {
        throw AnchorCandidates.noMember(member)
      }
      return Array(shared.indices.sorted { shared[$0].ids[member] < shared[$1].ids[member] }.prefix(count))
    }
    return member == 0 ? selection.named("lowest", count: count) : selection
  }

  /// At most `count` shared tokens: the longest ones in bytes; ties go to the lowest in byte order.
  public static func longest(_ count: Int) -> AnchorSelection {
    AnchorSelection { shared in
      try check(count)
      let lengths = shared.map { $0.bytes?.count ?? 0 }
      return Array(shared.indices.sorted { (lengths[$1], $0) < (lengths[$0], $1) }.prefix(count))
    }.named("longest", count: count)
  }

  /// At most `count` shared tokens, drawn at random; the same seed draws the same tokens.
  public static func random(_ count: Int, seed: UInt64) -> AnchorSelection {
    AnchorSelection { shared in
      try check(count)
      var generator = SplitMix64(seed: seed)
      return Array(shared.indices.shuffled(using: &generator).prefix(count))
    }.named("random", count: count, seed: seed)
  }

  /// Exactly these tokens, each given by its bytes.
  ///
  /// - Throws: When used, ``RelativeSpaceError`` naming tokens that the vocabularies do not all have.
  public static func tokens(_ tokens: [[UInt8]]) -> AnchorSelection {
    AnchorSelection { shared in
      var indices: [[UInt8]: Int] = [:]
      for (index, anchor) in shared.enumerated() { indices[anchor.bytes ?? []] = index }
      let missing = tokens.filter { indices[$0] == nil }
      guard missing.isEmpty else {
        let named = missing.prefix(5).map(describe).joined(separator: ", ")
        let more = missing.count > 5 ? " and \(missing.count - 5) more" : ""
        throw RelativeSpaceError(
          .tokensNotShared, "Not every vocabulary has \(named)\(more) as one token",
          remedy: "Take these out of the list of anchors; mind spaces, which belong to the bytes of a token."
        )
      }
      return tokens.compactMap { indices[$0] }
    }
  }

  static func check(_ count: Int) throws {
    guard count > 0 else {
      throw RelativeSpaceError(
        .invalidOption, "There cannot be \(count) anchors", remedy: "Ask for at least one anchor.")
    }
  }

  /// Text in quotation marks, or hexadecimal bytes where they are not text.
  private static func describe(_ bytes: [UInt8]) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text.debugDescription }
    return "<" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ") + ">"
  }
}
