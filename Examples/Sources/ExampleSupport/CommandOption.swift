/// An option of a command: its name, its value, its purpose, its default, and whether it may be repeated.
public struct CommandOption: Sendable {
  /// The form of a value.
  public struct Form: Sendable, ExpressibleByStringLiteral {
    /// The completions that a shell offers for a value.
    enum Completion: Sendable, Hashable {
      case nothing, files, folders
      case words([String])
    }

    /// The placeholder for the value in the help.
    let name: String
    let completion: Completion

    /// A value by its name in the help: PATH and FILE are completed with files, FOLDER with folders.
    public init(stringLiteral name: String) {
      self.name = name
      completion = ["PATH", "FILE"].contains(name) ? .files : name == "FOLDER" ? .folders : .nothing
    }

    private init(_ name: String, _ completion: Completion) {
      self.name = name
      self.completion = completion
    }

    /// One of several words.
    public static func choice(_ name: String, of words: [String]) -> Form { Form(name, .words(words)) }

    /// One of a type's values.
    public static func choice<Value: CaseIterable & RawRepresentable<String>>(
      _ name: String, of type: Value.Type
    ) -> Form {
      choice(name, of: type.allCases.map(\.rawValue))
    }
  }

  /// The name, without the dashes.
  public let name: String
  /// The value's form; `nil` for an option without one.
  public let form: Form?
  /// The default value, as it would be written.
  public let standard: String?
  /// Whether it may be given more than once.
  public let isRepeatable: Bool
  private let words: String

  /// An option with a value.
  ///
  /// - Parameter standard: The default value; `nil` for none, which the help may describe.
  public static func value(
    _ name: String, _ form: Form, _ help: String, default standard: String? = nil
  ) -> CommandOption {
    CommandOption(name: name, form: form, standard: standard, isRepeatable: false, words: help)
  }

  /// An option with a value that may be given several times.
  public static func values(_ name: String, _ form: Form, _ help: String) -> CommandOption {
    CommandOption(name: name, form: form, standard: nil, isRepeatable: true, words: help)
  }

  /// An option without a value. Giving it twice changes nothing.
  public static func flag(_ name: String, _ help: String) -> CommandOption {
    CommandOption(name: name, form: nil, standard: nil, isRepeatable: true, words: help)
  }

  /// The help: the option's purpose, its default, and whether it may be repeated.
  var help: String {
    words + (standard.map { " (\($0))" } ?? "") + (form != nil && isRepeatable ? "; may be repeated" : "")
  }

  /// The option with its value, as the help shows it.
  var label: String { "--\(name)" + (form.map { " \($0.name)" } ?? "") }
}
