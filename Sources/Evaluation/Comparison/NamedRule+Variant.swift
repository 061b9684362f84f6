public import Ensembling
public import Fusion
internal import ModelBackends

extension NamedRule {
  /// One way to set the rule up.
  public struct Variant: Sendable {
    /// The name with these settings.
    public var label: String
    /// The rule; `nil` where finished answers of the members alone are combined.
    public var rule: (any EnsembleRule)?
    /// How finished answers are combined, those of the members and, with a rule, the ensemble's; `nil` for the
    /// ensemble's own answer.
    public var answers: AnswerCombination?
    /// How the members count.
    public var weights: Weights

    /// An ensemble under the rule, with its weights.
    ///
    /// - Parameters:
    ///   - members: The members; the main model first.
    ///   - scores: The members' development scores; `nil` where they are not known.
    ///   - progress: Called while the rule is prepared.
    /// - Throws: ``EvaluationError`` where finished answers are combined, or the weights follow from scores that are
    ///   not known, and what making an ensemble throws.
    public func ensemble(
      of members: [Member], scores: [Float]? = nil, progress: @escaping @Sendable (EnsembleProgress) -> Void = { _ in }
    ) async throws -> Ensemble {
      let weights = try memberWeights(scores: scores)
      guard let main = members.first else {
        throw EvaluationError(.incomplete, "There is no member", remedy: "Name at least a main model.")
      }
      return try await Ensemble(
        main: main, assistants: Array(members.dropFirst()), weights: weights, rule: try fusing(), progress: progress)
    }

    /// Checks what ``ensemble(of:scores:progress:)`` would refuse, as far as that can be told before members are
    /// loaded.
    ///
    /// - Parameters:
    ///   - memberCount: How many members there will be.
    ///   - hasScores: Whether their development scores will be known.
    /// - Throws: ``EvaluationError``, and `FusionError` for weights that are too many or too few.
    public func validate(memberCount: Int, hasScores: Bool = false) throws {
      _ = try fusing()
      if weights == .adaptive, hasScores { return }
      _ = try memberWeights().weights(memberCount: memberCount)
    }

    /// The members' weights.
    ///
    /// - Parameter scores: Their development scores; `nil` where they are not known.
    /// - Throws: ``EvaluationError`` with the code `incomplete` where the weights follow from scores that are not
    ///   known.
    public func memberWeights(scores: [Float]? = nil) throws -> MemberWeights {
      switch weights {
      case .average: return .average
      case .fixed(let weights): return .fixed(weights)
      case .adaptive:
        guard let scores else {
          throw EvaluationError(
            .incomplete, "\(label) takes its weights from development scores, and none are known here",
            remedy:
              "Give weights as numbers, such as weights=0.7/0.3, or use `evaluate compare`, which measures scores.")
        }
        return .adaptive(scores: scores)
      }
    }

    /// The rule alone, for whoever sets the weights.
    ///
    /// - Throws: ``EvaluationError`` where finished answers are combined, which have no distributions, or where the
    ///   variant has weights of its own, which would be lost.
    public func tokenRule() throws -> any EnsembleRule {
      guard weights == .average else {
        throw EvaluationError(
          .unknownRule, "\(label) has weights of its own, and here they are set otherwise", remedy: "Leave them out.")
      }
      return try fusing()
    }

    private func fusing() throws -> any EnsembleRule {
      guard let rule, answers == nil else {
        throw EvaluationError(
          .unknownRule, "\(label) combines finished answers",
          remedy: "Name a rule that fuses tokens, such as \(NamedRule.standardName).")
      }
      return rule
    }
  }

  /// How members count.
  public enum Weights: Sendable, Hashable {
    /// All the same.
    case average
    /// In proportion to their development scores (DeePEn-Adapt).
    case adaptive
    /// As given, the main model first.
    case fixed([Float])
  }
}
