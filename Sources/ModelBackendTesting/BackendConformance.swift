import LinearAlgebra
public import ModelBackends

/// Checks that a backend satisfies the requirements of the ensemble. For use in a backend's own tests:
///
/// ```swift
/// import Testing
///
/// @Test func conforms() async throws {
///   let violations = try await BackendConformance(of: MyBackend()).check(texts: ["Once upon a time", "1 + 1 ="])
///   #expect(violations.isEmpty)
/// }
/// ```
public struct BackendConformance: Sendable {
  let backend: any ModelBackend
  let tolerance: Float

  /// Creates a check.
  ///
  /// - Parameters:
  ///   - backend: The backend.
  ///   - tolerance: The maximum difference of two logits for the same text; engines round differently when they batch
  ///     differently.
  public init(of backend: any ModelBackend, tolerance: Float = 1e-3) {
    self.backend = backend
    self.tolerance = tolerance
  }

  /// Checks the backend on some texts.
  ///
  /// - Returns: The violations, a sentence each; empty where there are none.
  /// - Throws: The errors of the backend where it should answer.
  public func check(texts: [String]) async throws -> [String] {
    var violations = checkVocabulary() + checkEmbeddings() + (try await checkSessions(texts))
    guard let text = texts.first(where: { !$0.isEmpty }) else {
      return violations + ["There is no text to check with."]
    }
    violations += try await checkChanges(of: text)
    violations += try await checkGrowth(from: text)
    violations += try await checkChosenTokens(after: text)
    violations += try await checkMarkup(of: text)
    violations += try await checkControlTokens(after: text)
    violations += try await checkLimits(with: text)
    violations += try await checkCancelling(with: text)
    violations += try await checkWork(on: text)
    violations += try await checkPromptScores(of: text)
    violations += try await checkPositions(after: text)
    return violations
  }

  private func checkVocabulary() -> [String] {
    let vocabulary = backend.vocabulary
    var violations: [String] = []
    if vocabulary.endOfGeneration.isEmpty {
      violations.append("No token ends a generation: answers would only end at their length limit.")
    }
    if vocabulary.textTokens.isEmpty { violations.append("No token stands for text.") }
    return violations
  }

  private func checkEmbeddings() -> [String] {
    var violations: [String] = []
    for side in EmbeddingSide.allCases {
      let table: any EmbeddingTable
      do {
        table = try backend.embeddings(side)
      } catch let error as BackendError where error.code == .noEmbeddings {
        continue
      } catch {
        violations.append("Asking for \(side.rawValue) embeddings failed with another code than noEmbeddings: \(error)")
        continue
      }
      if table.count < backend.vocabulary.count {
        violations.append(
          "The \(side.rawValue) embeddings have \(table.count) rows for \(backend.vocabulary.count) tokens.")
      }
      if table.dimension == 0 { violations.append("The \(side.rawValue) embeddings have no columns.") }
      do {
        let ends = [try table.rows(0..<min(1, table.count)), try table.rows(max(0, table.count - 1)..<table.count)]
        if ends.contains(where: { $0.columns != table.dimension || $0.elements.contains(where: \.isNaN) }) {
          violations.append("A row of the \(side.rawValue) embeddings has the wrong length or is not a number.")
        }
      } catch {
        violations.append("A row of the \(side.rawValue) embeddings cannot be read: \(error)")
      }
    }
    return violations
  }

  private func checkSessions(_ texts: [String]) async throws -> [String] {
    var violations: [String] = []
    let used = try await backend.makeSession()
    for text in texts {
      // Whole, half and whole again: the used session must answer as a fresh one does.
      let bytes = Array(text.utf8)
      let middle = bytes.count / 2
      for end in [bytes.count, middle + 1, bytes.count] where end > 0 && end <= bytes.count {
        let context = ContextText(prompt: RenderedPrompt(parts: [.text(Array(bytes[..<end]))]))
        let fresh = try await backend.makeSession().predict(after: context)
        let again = try await used.predict(after: context)
        let shown = String(decoding: bytes[..<end], as: UTF8.self)
        violations += compare(fresh, again, after: shown)
      }
    }
    return violations + (try await checkSessionsAtOnce(texts))
  }

  /// Checks that concurrent sessions do not affect each other.
  private func checkSessionsAtOnce(_ texts: [String]) async throws -> [String] {
    try await withThrowingTaskGroup(of: [String].self) { group in
      for text in texts where !text.isEmpty {
        let (one, other) = (try await backend.makeSession(), try await backend.makeSession())
        group.addTask {
          async let first = one.predict(after: ContextText(text))
          async let second = other.predict(after: ContextText(text))
          return compare(try await first, try await second, after: text)
        }
      }
      var violations: [String] = []
      for try await found in group { violations += found }
      return violations
    }
  }

  func compare(_ fresh: Prediction, _ used: Prediction, after text: String) -> [String] {
    let count = backend.vocabulary.count
    guard fresh.logits.count == count, used.logits.count == count else {
      return ["After \"\(text)\" there are \(used.logits.count) logits for \(count) tokens."]
    }
    let counts = [used.work.kept, used.work.dropped, used.work.evaluated, used.unknownTokens]
    if let bad = counts.first(where: { $0 < 0 }) { return ["After \"\(text)\" a count of tokens is \(bad)."] }
    if let bad = used.logits.firstIndex(where: { $0.isNaN || $0 == .infinity }) {
      return ["After \"\(text)\" the logit of token \(bad) is \(used.logits[bad])."]
    }
    let gap = zip(fresh.logits, used.logits).map { $0 == $1 ? 0 : abs($0 - $1) }.max() ?? 0
    return gap <= tolerance
      ? [] : ["After \"\(text)\" a used session's logits differ from a fresh one's by \(gap)."]
  }
}
