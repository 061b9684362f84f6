#if LlamaCpp
  import DeePEn
  import Foundation
  import GGUFBackend
  import ONNXBackend
  import Testing

  /// The bundled pair: different engines, tokenizers and architectures.
  struct BundledEnsemble {
    static let models = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Examples/Models")
    static let template = TurnTemplate(
      user: "Question: {content}\n", assistant: "Answer: {content}\n", opening: "Answer:")

    /// Whether both engines are installed.
    static let isAvailable = (try? ONNXBackend(folder: models.appending(path: "scholar").path)) != nil
    static let advice: Comment = "ONNX Runtime is missing: run Tools/setup, or point ONNXRUNTIME_LIB at its library."

    let atlas: GGUFBackend
    let scholar: ONNXBackend

    /// Loads both.
    ///
    /// - Parameter contextLength: Beyond the 256 tokens that they were trained with, both continue, with text of
    ///   falling quality.
    init(contextLength: Int = 1024) throws {
      atlas = try GGUFBackend(
        file: Self.models.appending(path: "atlas/atlas.gguf").path,
        options: .init(threads: 1, contextLength: contextLength))
      scholar = try ONNXBackend(
        folder: Self.models.appending(path: "scholar").path, options: .init(threads: 1, contextLength: contextLength))
    }

    /// Both as members, the main model first.
    func members(main: any ModelBackend) -> [Member] {
      let backends: [any ModelBackend] = main.name == atlas.name ? [atlas, scholar] : [scholar, atlas]
      return backends.map { Member($0, template: Self.template) }
    }

    /// Both as one.
    func ensemble(main: any ModelBackend) async throws -> Ensemble {
      let members = members(main: main)
      return try await Ensemble(
        main: members[0], assistants: Array(members.dropFirst()),
        rule: .deepen(
          alignment: CosineAlignmentRule(anchors: .lowestIDs(400)), search: AdamWSearch(rate: 0.5, steps: 2)))
    }
  }

  /// A rule that never ends an answer.
  struct Endless: TokenFusion {
    var base: any TokenFusion
    var ends: [TokenID]

    init(_ base: any TokenFusion, main: any ModelBackend) {
      self.base = base
      ends = main.vocabulary.endOfGeneration
    }

    func beginning(_ answer: AnswerStart) async throws -> any TokenFusion {
      var begun = self
      begun.base = try await base.beginning(answer)
      return begun
    }

    func fuse(_ step: Step) async throws -> FusedLogits {
      var fused = try await base.fuse(step)
      for end in ends { fused.logits[end] = -.infinity }
      return fused
    }
  }
#endif
