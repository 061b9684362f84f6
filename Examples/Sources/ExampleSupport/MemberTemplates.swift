/// Text around the prompt from a command line: for all models, and for single ones.
public struct MemberTemplates: Sendable {
  /// The text for models without one of their own.
  public let shared: String?
  /// The texts of single models, by path.
  public let own: [String: String]

  /// Reads options: `PATH=TEXT` is for one of the models, any other text for all; the last of each counts.
  public init(_ options: [String], models paths: [String]) {
    var shared: String?
    var own: [String: String] = [:]
    for option in options {
      if let path = paths.first(where: { option.hasPrefix("\($0)=") }) {
        own[path] = String(option.dropFirst(path.count + 1))
      } else {
        shared = option
      }
    }
    self.shared = shared
    self.own = own
  }
}
