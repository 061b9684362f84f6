internal import BackendSupport
internal import Foundation
internal import ModelBackends

extension ModelFolder {
  /// The folder's chat template, rendered by a renderer; `nil` where the folder has none. Without a renderer, a
  /// template that throws an error about it.
  ///
  /// It is searched for in `chat_template.jinja`, `chat_template.json` and `tokenizer_config.json`, in this order.
  ///
  /// - Throws: ``BackendError`` with the code `invalidFile`, or `unsupported` where there are several templates and
  ///   none is called "default".
  func chatTemplate(
    name: String, vocabulary: Vocabulary, renderer: JinjaRenderer?
  ) throws -> (any PromptTemplate)? {
    let settings = try description("tokenizer_config.json", as: TemplateSettings.self)
    let own = try description("chat_template.json", as: TemplateSettings.self)
    let file = try text("chat_template.jinja")
    guard let renderer else {
      guard file != nil || own?.templates?.isEmpty == false || settings?.templates?.isEmpty == false else { return nil }
      return UnrenderedTemplate(
        of: name, "is written in Jinja, and there is no renderer for it",
        remedy: "Or set ONNXBackend.Options.chatTemplateRenderer.")
    }
    let source =
      try file ?? own?.templates?.chosen(in: "\(path)/chat_template.json")
      ?? settings?.templates?.chosen(in: "\(path)/tokenizer_config.json")
    return source.map {
      JinjaTemplate(
        $0, name: name, vocabulary: vocabulary, specialTokens: settings?.specialTokens ?? [:], renderer: renderer)
    }
  }

  private func text(_ name: String) throws -> String? {
    let file = "\(path)/\(name)"
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    try InputFile(file).check()
    do {
      return try String(contentsOf: URL(fileURLWithPath: file), encoding: .utf8)
    } catch {
      throw BackendError(
        .invalidFile, in: file, "cannot be read as text: \(error.reason)", remedy: "Download the file again")
    }
  }
}

/// The chat templates in `tokenizer_config.json`.
private struct TemplateSettings: Decodable {
  var templates: Templates?
  /// The spellings of the fields whose names end with "_token", by name.
  var specialTokens: [String: String] = [:]

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: FieldName.self)
    templates = try container.decodeIfPresent(Templates.self, forKey: FieldName("chat_template"))
    for key in container.allKeys where key.stringValue.hasSuffix("_token") {
      // Names of other fields end so too: add_bos_token.
      if let token = try? container.decodeIfPresent(TokenSpelling.self, forKey: key) {
        specialTokens[key.stringValue] = token.spelling
      }
    }
  }
}

/// One template, or several with names.
private enum Templates: Decodable {
  struct Named: Decodable {
    var name: String
    var template: String
  }

  case one(String)
  case several([Named])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let template = try? container.decode(String.self) {
      self = .one(template)
    } else {
      self = .several(try container.decode([Named].self))
    }
  }

  /// Whether there is none.
  var isEmpty: Bool { if case .several(let templates) = self { templates.isEmpty } else { false } }

  /// The template for a plain conversation; `nil` for an empty list.
  func chosen(in file: String) throws -> String? {
    switch self {
    case .one(let template): return template
    case .several(let templates):
      if let template = templates.first(where: { $0.name == "default" }) { return template.template }
      guard templates.count > 1 else { return templates.first?.template }
      throw BackendError(
        .unsupported, in: file,
        "has the chat templates \(templates.map(\.name).joined(separator: ", ")), and none is called default",
        remedy: "Set the option chatTemplate")
    }
  }
}
