public import ModelBackends

/// Byte strings that connect vocabularies: the tokens that all of them share, and every single byte.
///
/// A byte string need not be a token of any vocabulary: single bytes are anchors because every text begins with one, so
/// that every text token has an anchor that is a prefix of its bytes.
///
/// Two more anchors follow the strings: the end of generation, and one for tokens without text (control, unknown and
/// unused tokens), so that no probability is lost.
public struct BytePrefixAnchors: Sendable {
  /// The byte strings: the given ones, in their order, then the single bytes that were not among them.
  package let strings: [[UInt8]]
  private let indices: [ArraySlice<UInt8>: Int]
  private let longest: Int

  /// The number of anchors, A.
  public var count: Int { strings.count + 2 }

  /// The index of the end-of-generation anchor.
  package var endOfGeneration: Int { strings.count }

  /// The index of the anchor for tokens without text.
  package var noText: Int { strings.count + 1 }

  /// Creates anchors from the given byte strings, and the single bytes that are not among them.
  ///
  /// Duplicate strings count once. Their order changes no result, only how close in memory the anchors of successive
  /// tokens are.
  ///
  /// - Complexity: O(total bytes).
  package init(strings given: some Sequence<[UInt8]>) {
    let bytes = (UInt8.min...UInt8.max).map { [$0] }
    var known: Set<[UInt8]> = [[]]
    strings = (Array(given) + bytes).filter { known.insert($0).inserted }
    var indices: [ArraySlice<UInt8>: Int] = [:]
    indices.reserveCapacity(strings.count)
    for (index, string) in strings.enumerated() { indices[string[...]] = index }
    self.indices = indices
    longest = strings.reduce(0) { max($0, $1.count) }
  }

  /// Creates anchors from the tokens that all vocabularies share, or some of them, in the order in which the first
  /// vocabulary has them.
  ///
  /// Vocabularies that share no token are still connected by single bytes.
  ///
  /// - Throws: The selection's errors.
  /// - Complexity: O(total number of bytes + S·log S) for S shared tokens.
  public init(
    shared vocabularies: [Vocabulary], selection: AnchorSelection = .all, material: AnchorMaterial = .none
  ) throws {
    let shared = Anchors.sharedTokens(of: vocabularies)
    let chosen = shared.isEmpty ? [] : try selection.indices(in: shared, material: material)
    self.init(strings: chosen.map { shared[$0] }.sorted { $0.ids[0] < $1.ids[0] }.compactMap(\.bytes))
  }

  /// The index of the longest string that is a prefix of some bytes; `nil` where there are no bytes.
  ///
  /// - Complexity: O(n²) in the number of bytes, at most that of the longest anchor.
  package func index(ofLongestPrefixOf bytes: ArraySlice<UInt8>) -> Int? {
    for length in stride(from: min(bytes.count, longest), to: 0, by: -1) {
      if let index = indices[bytes.prefix(length)] { return index }
    }
    return nil
  }
}
