/// The names of a comparison's rows, known before any model is loaded.
public struct ComparisonRows: Sendable {
  private let members: [String]
  private let rules: [NamedRule]
  private let mains: [String]?
  private let growsGradually: Bool

  /// Describes the rows.
  ///
  /// - Parameters:
  ///   - members: The members' names.
  ///   - rules: The rules.
  ///   - mains: The members that serve as main models; `nil` for each in turn.
  ///   - growsGradually: Whether assistants are also added one by one.
  public init(members: [String], rules: [NamedRule], mains: [String]? = nil, growsGradually: Bool = false) {
    self.members = members
    self.rules = rules
    self.mains = mains
    self.growsGradually = growsGradually
  }

  /// Checks that every main model is a member.
  ///
  /// - Throws: ``EvaluationError`` with the available names.
  public func checkMains() throws {
    guard let unknown = mains?.first(where: { !members.contains($0) }) else { return }
    throw EvaluationError(
      .incomplete, "There is no member \(unknown) to be a main model",
      remedy: "Choose from \(members.joined(separator: ", ")).")
  }

  /// Checks that a row can occur, whatever is chosen on the development questions.
  ///
  /// - Throws: ``EvaluationError`` with the available rows.
  public func check(_ row: String) throws {
    guard !members.contains(where: { Self.name(alone: $0) == row }), parts(of: row) == nil else { return }
    let rows = members.map(Self.name(alone:)) + ensembles
    throw EvaluationError(
      .invalidOption, "There is no row \(row)", remedy: "Choose from:\n\(rows.joined(separator: "\n"))")
  }

  /// The existing row that a name refers to: the row of that name; otherwise the row with the same main model, the same
  /// assistants in any order and the same rule, in the variant that the development questions chose.
  public func row(_ name: String, among rows: [String]) -> String? {
    if rows.contains(name) { return name }
    guard let wanted = parts(of: name) else { return nil }
    return rows.first { row in
      guard let parts = parts(of: row) else { return false }
      return parts.main == wanted.main && parts.assistants == wanted.assistants && parts.rule == wanted.rule
    }
  }

  static func name(alone member: String) -> String { "\(member) alone" }

  static func title(main: String, assistants: [String]) -> String {
    "\(main) ← \(assistants.joined(separator: " + ")), "
  }

  /// The rows of ensembles, with assistants in the members' order.
  private var ensembles: [String] {
    guard members.count > 1 else { return [] }
    return (mains ?? members).flatMap { main in
      let title = Self.title(main: main, assistants: members.filter { $0 != main })
      return rules.flatMap { rule in rule.variants.map { title + $0.label } }
    }
  }

  /// The parts of an ensemble row's name; `nil` where no row can have that name.
  private func parts(of row: String) -> (main: String, assistants: Set<String>, rule: Int)? {
    for main in mains ?? members {
      for (number, rule) in rules.enumerated() {
        for variant in rule.variants {
          let (start, end) = ("\(main) ← ", ", \(variant.label)")
          guard row.hasPrefix(start), row.hasSuffix(end), row.count > start.count + end.count else { continue }
          let names = row.dropFirst(start.count).dropLast(end.count)
          guard let assistants = assistants(named: String(names), main: main) else { continue }
          return (main, assistants, number)
        }
      }
    }
    return nil
  }

  /// The members whose names are joined by plus signs, in any order.
  private func assistants(named text: String, main: String) -> Set<String>? {
    let others = members.filter { $0 != main }
    var (found, rest) = (Set<String>(), text[...])
    while true {
      // The longest match: one name may be a prefix of another.
      let fitting = others.filter { !found.contains($0) && (rest == $0 || rest.hasPrefix("\($0) + ")) }
      guard let name = fitting.max(by: { $0.count < $1.count }) else { return nil }
      found.insert(name)
      guard rest != name else { break }
      rest = rest.dropFirst(name.count + 3)
    }
    return growsGradually || found.count == others.count ? found : nil
  }
}
