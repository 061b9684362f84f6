import DeePEn
import ExampleSupport

/// `evaluate match`: MinED's matching of two vocabularies, and its duration.
enum MatchCommand {
  static let command = Command(
    CommandForm(
      "evaluate match",
      "For each token of one vocabulary, the token of the other with the same bytes, else the one at the smallest edit "
        + "distance, as the rule mined does it before the first answer.",
      brief: "what MinED makes of two vocabularies, and how long it takes",
      options: [
        .value(
          "from", "PATH", "an assistant: a GGUF file (one with a vocabulary alone is enough), an ONNX file, or a folder"
        ),
        .value("to", "PATH", "the main model"),
        .value("show", "N", "how many matches are shown, evenly spread", default: "10"),
      ] + ModelSettings.options), run: run)

  private static func run(_ arguments: Arguments) async throws {
    guard let from = arguments.text("from"), let to = arguments.text("to") else {
      throw arguments.wrong("--from and --to name a vocabulary each")
    }
    let shown = try arguments.known("show", as: Int.self)
    guard shown >= 0 else { throw arguments.wrong("--show \(shown) is below 0") }
    let settings = try ModelSettings(arguments)
    let (assistant, main) = (try loadVocabulary(from, settings: settings), try loadVocabulary(to, settings: settings))
    var bar = ProgressBar("matching")
    let clock = ContinuousClock()
    let start = clock.now
    let map = try MinEDRule.map(from: assistant, to: main) { bar.show($0) }
    let seconds = start.duration(to: clock.now) / .seconds(1)
    let texts = assistant.textTokens.filter { !assistant.bytes(of: $0).isEmpty }
    let others = texts.filter { main.id(forBytes: assistant.bytes(of: $0)) == nil && map[$0] >= 0 }
    print("\(texts.count) tokens that are text, to \(main.count): \(texts.count - others.count) have an equal,")
    print("\(others.count) were matched with the nearest; \((seconds * 10).rounded() / 10) s in all")
    for token in shown == 0 ? [] : try spread(others, over: shown) {
      print("  \(text(token, assistant)) → \(text(Int(map[token]), main))")
    }
  }

  private static func text(_ token: TokenID, _ vocabulary: Vocabulary) -> String {
    String(decoding: vocabulary.bytes(of: token), as: UTF8.self).debugDescription
  }
}
