public import ModelBackends

/// Finds the token at minimum edit distance (insertions, deletions, replacements of bytes) without comparing with all.
///
/// Tokens lie in a trie, which is searched to the depth of a growing bound: first everything at distance 1, then 2, and so
/// on until something is found. Within a bound d only 2d + 1 cells of the distance table matter at each node
/// (Ukkonen, doi:10.1016/S0019-9958(85)80046-2), and branches are left whose cells, or whose tokens' lengths, exceed it.
public struct EditDistanceIndex: Sendable {
  /// The nearest token and how far it is.
  public struct Match: Sendable, Hashable {
    /// The token.
    public var token: TokenID
    /// How many bytes must be inserted, deleted or replaced.
    public var distance: Int

    /// Makes a match.
    public init(token: TokenID, distance: Int) {
      self.token = token
      self.distance = distance
    }
  }

  fileprivate struct Node {
    var byte: UInt8
    var firstChild: Int32 = -1
    var nextSibling: Int32 = -1
    var token: Int32 = -1
    /// The lengths of the tokens in this branch.
    var shortest = Int32.max
    var longest: Int32 = 0
  }

  private let nodes: [Node]

  /// Puts tokens into a trie. Of tokens with the same bytes the one with the lowest identifier counts.
  ///
  /// - Complexity: O(total number of bytes · children of a node).
  public init(_ tokens: [(token: TokenID, bytes: [UInt8])]) {
    var nodes = [Node(byte: 0)]
    for (token, bytes) in tokens.sorted(by: { $0.bytes.lexicographicallyPrecedes($1.bytes) }) {
      var node = 0
      nodes[0].include(bytes.count)
      for byte in bytes {
        // Sorted tokens: the child is the one that was added last, or a new one.
        let last = Int(nodes[node].firstChild)
        if last >= 0, nodes[last].byte == byte {
          node = last
        } else {
          nodes.append(Node(byte: byte, nextSibling: Int32(last)))
          nodes[node].firstChild = Int32(nodes.count - 1)
          node = nodes.count - 1
        }
        nodes[node].include(bytes.count)
      }
      let other = nodes[node].token
      nodes[node].token = other < 0 ? Int32(token) : min(other, Int32(token))
    }
    self.nodes = nodes
  }

  /// The token at minimum edit distance; `nil` where there are no tokens.
  ///
  /// Among equally near ones the one with the longest common beginning is taken, then the one with the lowest identifier.
  ///
  /// - Complexity: O(d·N) in the number N of nodes within the distance d that is found, at worst all.
  public func nearest(to bytes: [UInt8]) -> Match? {
    guard nodes[0].longest > 0 || nodes[0].token >= 0 else { return nil }
    var bound = 0
    while true {
      var search = Search(nodes: nodes, bytes: bytes, bound: bound)
      if let match = search.run() { return match }
      bound += 1
    }
  }

  /// A depth-first walk within a bound.
  private struct Search {
    let nodes: [Node]
    let bytes: [UInt8]
    let bound: Int
    /// The rows of the distance table from the root to the current node, `[depth × (bytes + 1)]`.
    var rows: [Int32]
    var best: (match: Match, common: Int)?

    init(nodes: [Node], bytes: [UInt8], bound: Int) {
      self.nodes = nodes
      self.bytes = bytes
      self.bound = bound
      let depths = min(Int(nodes[0].longest), bytes.count + bound) + 1
      rows = [Int32](repeating: Int32(bound + 1), count: depths * (bytes.count + 1))
      for column in 0...min(bytes.count, bound) { rows[column] = Int32(column) }
    }

    mutating func run() -> Match? {
      visit(0, depth: 0, common: 0)
      return best?.match
    }

    private mutating func visit(_ node: Int, depth: Int, common: Int) {
      let width = bytes.count + 1
      let distance = Int(rows[depth * width + bytes.count])
      if nodes[node].token >= 0, distance <= bound, abs(depth - bytes.count) <= bound {
        take(Match(token: Int(nodes[node].token), distance: distance), common: common)
      }
      var child = Int(nodes[node].firstChild)
      while child >= 0 {
        defer { child = Int(nodes[child].nextSibling) }
        let next = depth + 1
        guard Int(nodes[child].longest) >= bytes.count - bound, Int(nodes[child].shortest) <= bytes.count + bound,
          next <= bytes.count + bound, fill(next, byte: nodes[child].byte)
        else { continue }
        let goesOn = common == depth && depth < bytes.count && bytes[depth] == nodes[child].byte
        visit(child, depth: next, common: goesOn ? common + 1 : common)
      }
    }

    /// Fills a row within the band; whether anything in it is within the bound.
    private mutating func fill(_ depth: Int, byte: UInt8) -> Bool {
      let width = bytes.count + 1
      let (row, above) = (depth * width, (depth - 1) * width)
      let first = max(0, depth - bound)
      let last = min(bytes.count, depth + bound)
      guard first <= last else { return false }
      if first > 0 { rows[row + first - 1] = Int32(bound + 1) }
      var isNear = false
      for column in first...last {
        var value = column < depth + bound ? rows[above + column] + 1 : Int32(bound + 1)
        if column > 0 {
          value = min(value, rows[row + column - 1] + 1)
          value = min(value, rows[above + column - 1] + (bytes[column - 1] == byte ? 0 : 1))
        }
        rows[row + column] = value
        if value <= Int32(bound) { isNear = true }
      }
      if last < bytes.count { rows[row + last + 1] = Int32(bound + 1) }
      return isNear
    }

    private mutating func take(_ match: Match, common: Int) {
      if let best {
        let (old, new) = ((best.match.distance, -best.common, best.match.token), (match.distance, -common, match.token))
        guard new < old else { return }
      }
      best = (match, common)
    }
  }
}

extension EditDistanceIndex.Node {
  fileprivate mutating func include(_ length: Int) {
    shortest = min(shortest, Int32(length))
    longest = max(longest, Int32(length))
  }
}
