internal import ModelBackends

/// The evaluations needed to predict after several prefixes of a text, and the sums over their results.
///
/// A prefix whose tokens are the first tokens of the whole text uses the logits of the text's own pass. One with
/// different tokens at its end branches off at the first difference.
struct PositionPlan {
  /// The maximum number of nodes in one tree: its logits are held at once.
  private static let largestTree = 32
  /// The number of last tokens whose logits are always requested: healing at the next positions may look back to them.
  private static let tail = 4

  /// The whole text's tokens.
  let trunk: [TokenID]
  /// The token counts after which logits are needed, ascending.
  let counts: [Int]
  /// The branches.
  private(set) var trees: [TokenTree] = []

  /// The sum for each prefix; `nil` for those without tokens.
  private var sums: [HealingSum?]
  /// The sums that use the logits of the text, by token count.
  private var trunkUses: [Int: [Int]] = [:]
  /// The sums that use the logits after a node, each with its token count, for each node of each tree.
  private var nodeUses: [[[(sum: Int, count: Int)]]] = []

  /// Creates a plan.
  ///
  /// - Parameters:
  ///   - texts: The tokens of each prefix; `nil` for those that cannot be read.
  ///   - whole: The tokens of the whole text; of the longest prefix where that cannot be read.
  ///   - healer: The model's healer.
  init(_ texts: [ContextTokens?], whole: [TokenID], healing: TokenHealing, healer: TokenHealer) {
    trunk = whole
    sums = texts.map { text in
      text.map { HealingSum($0, boundaries: healer.boundaries(of: $0, healing: healing), healer: healer) }
    }
    var branches: [(sum: Int, common: Int)] = []
    for (index, sum) in sums.enumerated() {
      guard let sum else { continue }
      let common = sum.text.tokens.commonPrefix(with: whole)
      for count in sum.boundaries where count <= common { trunkUses[count, default: []].append(index) }
      if common < sum.text.tokens.count { branches.append((index, common)) }
    }
    branches.sort { $0.common < $1.common }
    let end = max(trunkUses.keys.max() ?? 0, branches.last?.common ?? 0)
    let first = trunkUses.keys.min() ?? end
    counts = Set(trunkUses.keys).union(max(first, end - Self.tail, 1)..<max(first, end, 1) + 1).sorted()
    for branch in branches { insert(branch.sum, after: branch.common) }
  }

  private mutating func insert(_ index: Int, after common: Int) {
    guard let sum = sums[index] else { return }
    let tokens = sum.text.tokens[common...]
    if trees.last.map({ $0.nodes.count + tokens.count > Self.largestTree }) ?? true {
      trees.append(TokenTree(trunk: trunk))
      nodeUses.append([])
    }
    let tree = trees.count - 1
    for (offset, node) in trees[tree].insert(tokens, at: common).enumerated() {
      if node == nodeUses[tree].count { nodeUses[tree].append([]) }
      nodeUses[tree][node].append((index, common + offset + 1))
    }
  }

  /// Adds the logits after the given number of the text's tokens.
  mutating func add(_ logits: [Float], after count: Int) throws {
    guard let uses = trunkUses[count] else { return }
    let row = LogitRow(logits)
    for index in uses { try sums[index]?.add(row, at: count) }
  }

  /// Adds the logits after a node of a tree.
  mutating func add(_ logits: [Float], afterNode node: Int, ofTree tree: Int) throws {
    let row = LogitRow(logits)
    for use in nodeUses[tree][node] { try sums[use.sum]?.add(row, at: use.count) }
  }

  /// The logits after each prefix.
  var logits: [[Float]?] { sums.map { $0?.logits } }
}
