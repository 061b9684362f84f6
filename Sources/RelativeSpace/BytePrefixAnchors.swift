public import ModelBackends

/// Byte strings through which vocabularies meet: the tokens that all of them share, and every single byte.
///
/// A byte string need not be a token of any vocabulary: single bytes are anchors because every text begins with one, so
/// that every token of text has an anchor that its bytes begin with.
///
/// Two more anchors follow the strings: the end of generation, and one for tokens that stand for nothing in a text
/// (control, unknown and unused tokens), so that no probability is lost.
public struct BytePrefixAnchors: Sendable {
  /// The byte strings: those given, in their order, and the single bytes that were not among them.
  public let strings: [[UInt8]]
  private let places: [ArraySlice<UInt8>: Int]
  private let longest: Int

  /// The number of anchors, A.
  public var count: Int { strings.count + 2 }

  /// The place of the end of generation.
  public var endOfGeneration: Int { strings.count }

  /// The place of tokens that stand for nothing in a text.
  public var noText: Int { strings.count + 1 }

  /// Takes byte strings as they are, and the single bytes that are not among them.
  ///
  /// Each string counts once. Their order changes no result, but how far apart in memory the anchors of successive tokens lie.
  ///
  /// - Complexity: O(total bytes).
  public init(strings given: some Sequence<[UInt8]>) {
    let bytes = (UInt8.min...UInt8.max).map { [$0] }
    var known: Set<[UInt8]> = [[]]
    strings = (Array(given) + bytes).filter { known.insert($0).inserted }
    var places: [ArraySlice<UInt8>: Int] = [:]
    places.reserveCapacity(strings.count)
    for (place, string) in strings.enumerated() { places[string[...]] = place }
    self.places = places
    longest = strings.reduce(0) { max($0, $1.count) }
  }

  /// Takes the tokens that all vocabularies share, or some of them, in the order in which the first vocabulary has them.
  ///
  /// Vocabularies that share no token still meet in single bytes.
  ///
  /// - Throws: What the selection throws.
  /// - Complexity: O(total number of bytes + S·log S) for S shared tokens.
  public init(
    shared vocabularies: [Vocabulary], selection: AnchorSelection = .all, material: AnchorMaterial = .none
  ) throws {
    let shared = Anchors.sharedTokens(of: vocabularies)
    let chosen = shared.isEmpty ? [] : try selection.places(in: shared, material: material)
    self.init(strings: chosen.map { shared[$0] }.sorted { $0.ids[0] < $1.ids[0] }.compactMap(\.bytes))
  }

  /// The place of the longest string that some bytes begin with; `nil` where there are no bytes.
  ///
  /// - Complexity: O(n²) in the number of bytes, at most that of the longest anchor.
  public func place(ofLongestPrefixOf bytes: ArraySlice<UInt8>) -> Int? {
    for length in stride(from: min(bytes.count, longest), to: 0, by: -1) {
      if let place = places[bytes.prefix(length)] { return place }
    }
    return nil
  }
}
