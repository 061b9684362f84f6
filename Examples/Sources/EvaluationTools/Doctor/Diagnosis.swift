/// Findings on members before they answer together.
package struct Diagnosis: Sendable, Encodable {
  /// A figure, or the reason why there is none.
  package enum Finding<Value: Sendable>: Sendable {
    /// The figure.
    case known(Value)
    /// The reason why it is unavailable.
    case unknown(String)

    /// The figure; `nil` where it is unavailable.
    package var value: Value? {
      if case .known(let value) = self { value } else { nil }
    }
  }

  /// One member.
  package struct MemberFindings: Sendable, Encodable {
    /// Its name.
    package var name: String
    /// The vocabulary size, V.
    package var vocabularyCount: Int
    /// The context length in tokens; `nil` where there is no limit.
    package var contextLength: Int?
    /// The length of its embeddings.
    package var embeddingDimension: Finding<Int>
    /// Whether given texts can be tokenised with its vocabulary.
    package var hasTokenizer: Bool
    /// Whether its backend has a template for conversations.
    package var hasChatTemplate: Bool
    /// Bits per byte of the sample by this member alone.
    package var bitsPerByte: Finding<Double>
    /// Seconds per forward step on the sample.
    package var secondsPerStep: Finding<Double>
    /// The size of its dense matrix with the anchors that all members share, 4·V·A bytes.
    package var matrixBytes: Int
    /// The size of its alignment by byte prefixes, 4·V bytes.
    package var prefixBytes: Int
    /// The shape of its relative rows.
    package var relativeSpace: Finding<RelativeFindings>
  }

  /// A member's relative rows, over a sample of shared tokens.
  package struct RelativeFindings: Sendable, Hashable, Encodable {
    /// The number of anchors that all members share, A.
    package var anchorCount: Int
    /// The mean probability of an anchor's row on the anchor itself, from 0 to 1.
    package var ownMass: Double
    /// The mean of e to the power of the row's entropy: the effective number of anchors of a row.
    package var effectiveAnchors: Double
    /// The mean total variation, 0 to 1, between a peaked p and the p̂ found from p·R̂ by a search with another start.
    package var roundTripError: Double
    /// The share of these p whose likeliest token is recovered.
    package var roundTripTopKept: Double
    /// Seconds for one projection and one pull-back.
    package var secondsPerPass: Double
  }

  /// The cost of a rule.
  package struct RuleCost: Sendable, Hashable, Encodable {
    /// Seconds before the first answer: alignments, maps.
    package var secondsToPrepare: Double
    /// Seconds per fusion on the sample.
    package var secondsPerFusion: Double
    /// Fusion's share of a step in which all members are asked one after the other, 0 to 1; `nil` where a member's own
    /// time is unknown. Members with processors of their own are asked at the same time, which makes the share larger.
    package var shareOfStep: Double?
  }

  /// A rule with the advised main model and all others as assistants.
  package struct RuleFindings: Sendable, Encodable {
    /// The rule.
    package var name: String
    /// The cost.
    package var cost: Finding<RuleCost>
  }

  /// Both models of a pair reading the sample together, under the standard rule.
  package struct Trial: Sendable, Hashable, Encodable {
    /// Their bits per byte.
    package var bitsPerByte: Double
    /// The assistant's weight: the best one of those that were tried.
    package var assistantWeight: Float
  }

  /// A main model with an assistant.
  package struct PairFindings: Sendable, Encodable {
    /// The main model's name.
    package var main: String
    /// The assistant's name.
    package var assistant: String
    /// The number of text tokens that both have.
    package var sharedTokens: Int
    /// Their share of the main model's vocabulary.
    package var shareOfMain: Double
    /// Their share of the assistant's vocabulary.
    package var shareOfAssistant: Double
    /// The share of the sample's tokens, as the main model reads it, that the assistant has too.
    package var sampleCoverage: Finding<Double>
    /// The token boundaries that both tokenisations of the sample have, as a share of those that either has.
    package var boundaryAgreement: Finding<Double>
    /// The outcome of reading the sample together.
    package var trial: Finding<Trial>
  }

  /// The members, in the given order.
  package var members: [MemberFindings]
  /// Every ordered pair of different members.
  package var pairs: [PairFindings]
  /// The rules' costs; none for a single member.
  package var rules: [RuleFindings]
  /// The number of text tokens that all members have.
  package var sharedByAll: Int
  /// 4·V·A bytes for all members' dense matrices.
  package var matrixBytes: Int
  /// Advice in plain sentences, with the figures behind it.
  package var advice: [String]

  /// A table with a title.
  package struct Table: Sendable, Hashable {
    /// The title.
    package var title: String
    /// The columns' names.
    package var columns: [String]
    /// The cells.
    package var rows: [[String]]
  }

  /// The figures as tables: members, relative spaces, pairs, rules.
  package var tables: [Table] {
    func cell<Value>(_ finding: Finding<Value>, _ text: (Value) -> String) -> String {
      switch finding {
      case .known(let value): text(value)
      case .unknown(let reason): "– (\(reason))"
      }
    }
    return [
      Table(
        title: "Members",
        columns: [
          "name", "tokens", "context", "embeddings", "tokenizer", "template", "bits per byte", "ms per step",
          "dense matrix", "byte prefixes",
        ],
        rows: members.map { member in
          [
            member.name, "\(member.vocabularyCount)", member.contextLength.map { "\($0)" } ?? "no limit",
            cell(member.embeddingDimension) { "\($0)" }, member.hasTokenizer ? "yes" : "no",
            member.hasChatTemplate ? "yes" : "no", cell(member.bitsPerByte) { figure($0) },
            cell(member.secondsPerStep) { figure($0 * 1000) }, Doctor.amount(member.matrixBytes),
            Doctor.amount(member.prefixBytes),
          ]
        }),
      Table(
        title: "Relative spaces",
        columns: ["name", "anchors", "own mass", "effective anchors", "round-trip error", "top kept", "ms per pass"],
        rows: members.map { member in
          switch member.relativeSpace {
          case .known(let space):
            [
              member.name, "\(space.anchorCount)", figure(space.ownMass), figure(space.effectiveAnchors, places: 1),
              figure(space.roundTripError), figure(space.roundTripTopKept), figure(space.secondsPerPass * 1000),
            ]
          case .unknown(let reason): [member.name, "– (\(reason))"] + Array(repeating: "–", count: 5)
          }
        }),
      Table(
        title: "Pairs",
        columns: [
          "main", "assistant", "shared tokens", "of main", "of assistant", "of the sample", "boundaries in common",
          "bits per byte together", "assistant's weight",
        ],
        rows: pairs.map { pair in
          [
            pair.main, pair.assistant, "\(pair.sharedTokens)", figure(pair.shareOfMain), figure(pair.shareOfAssistant),
            cell(pair.sampleCoverage) { figure($0) }, cell(pair.boundaryAgreement) { figure($0) },
            cell(pair.trial) { figure($0.bitsPerByte) },
            cell(pair.trial) { figure(Double($0.assistantWeight), places: 2) },
          ]
        }),
      Table(
        title: "Rules",
        columns: ["rule", "s to prepare", "ms per fusion", "of a step, %"],
        rows: rules.map { rule in
          guard case .known(let cost) = rule.cost else {
            return [rule.name, cell(rule.cost) { _ in "" }] + Array(repeating: "–", count: 2)
          }
          return [
            rule.name, figure(cost.secondsToPrepare, places: 1), figure(cost.secondsPerFusion * 1000),
            cost.shareOfStep.map { figure(100 * $0, places: 1) } ?? "–",
          ]
        }),
    ]
  }
}
