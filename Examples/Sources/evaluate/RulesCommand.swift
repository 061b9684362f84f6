import DeePEn
import Evaluation
import ExampleSupport

/// `evaluate rules`: the rules and settings that can be named.
enum RulesCommand {
  static let command = Command(
    CommandForm(
      "evaluate rules",
      "The rules that can be named, their settings, what each can be, and what it is where none is given.",
      brief: "the rules that can be named, and their settings", options: [])
  ) { _ in print(text) }

  private static var text: String {
    let entries = NamedRule.descriptions().map { entry in
      let settings = entry.settings.map { "\n    \($0.name)=\($0.standard): \($0.allowed)" }.joined()
      return "\(entry.name)\n  \(entry.summary)\(settings)"
    }
    return """
      A rule is named with its settings after a colon: deepen:rate=0.5,steps=10
      Of values with | between them the best on the development questions is taken: deepen:rate=0.3|0.5|1,steps=5|10
      anchors are all, or as many as are given; choose=lowest (token ids), longest, random, farthest, kmeans,
      consistent or frequent (in text=FILE) says which: deepen:anchors=4000,choose=farthest
      storage=dense keeps the matrices whole, factored takes them apart; what was taken apart is kept in the user's
      cache folder, and built again with cache=off
      by=perplexity weighs members by how well they predict the prompt, the more the larger beta is;
      usual=a:1.5/b:1.8 takes off what members a and b usually need in bits a byte
      (`evaluate study perplexity` measures it)
      weights are average, adaptive (by development scores), or numbers with slashes, the main model first: 0.7/0.3

      \(entries.joined(separator: "\n\n"))
      """
  }
}
