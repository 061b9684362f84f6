public import ModelBackends

/// Continuations of a text, as a tree of tokens: each token is one evaluation of the model, however many continuations
/// share it.
///
/// Branches start anywhere in the text, not at its end alone: a continuation may change the tokens of the text's last
/// bytes.
public struct TokenTree: Sendable, Hashable {
  /// A token with its predecessor.
  public struct Node: Sendable, Hashable {
    /// The token.
    public var token: TokenID
    /// The node before it; `nil` where it follows the text's first ``position`` tokens.
    public var parent: Int?
    /// The number of tokens before it.
    public var position: Int
  }

  /// The text.
  public let trunk: [TokenID]
  /// The tree's tokens; none precedes its parent.
  public private(set) var nodes: [Node] = []
  private var indices: [Node: Int] = [:]

  /// Creates a tree of the text alone.
  package init(trunk: [TokenID]) {
    self.trunk = trunk
  }

  /// Adds tokens that follow the first `position` tokens of the text.
  ///
  /// - Returns: The index of each in ``nodes``.
  /// - Precondition: The text has at least that many tokens.
  @discardableResult
  package mutating func insert(_ tokens: some Sequence<TokenID>, at position: Int) -> [Int] {
    precondition(trunk.indices.contains(position) || position == trunk.count, "No token can follow \(position) tokens.")
    var path: [Int] = []
    for token in tokens {
      let node = Node(token: token, parent: path.last, position: position + path.count)
      let index = indices[node] ?? nodes.count
      if index == nodes.count {
        nodes.append(node)
        indices[node] = index
      }
      path.append(index)
    }
    return path
  }

  /// All tokens up to a node, the text's included.
  ///
  /// - Complexity: O(number of tokens).
  public func tokens(through node: Int) -> [TokenID] {
    var branch: [TokenID] = []
    var next: Int? = node
    var start = nodes[node].position
    while let index = next {
      branch.append(nodes[index].token)
      start = nodes[index].position
      next = nodes[index].parent
    }
    return trunk[..<start] + branch.reversed()
  }

  /// The nodes without children.
  package var leaves: [Int] {
    let parents = Set(nodes.compactMap(\.parent))
    return nodes.indices.filter { !parents.contains($0) }
  }
}
