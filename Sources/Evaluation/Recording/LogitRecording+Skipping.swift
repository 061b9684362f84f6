public import Ensembling

extension LogitRecording {
  /// How often a rule proves that it need not fuse, and what the proof takes.
  public struct Skipping: Sendable, Hashable, Encodable {
    /// The share of steps in which fusion can be left out.
    public var share: Double
    /// The mean time of a proof, in seconds, those that fail among them.
    public var secondsPerStep: Double
  }

  /// Tries a rule's proof at every step.
  ///
  /// - Parameter fusion: A rule for these members, in this order.
  /// - Complexity: A proof for each step.
  public func skipping(by fusion: any BoundedFusion) -> Skipping {
    let clock = ContinuousClock()
    var (skipped, time) = (0, Duration.zero)
    for step in texts.lazy.flatMap(\.steps) {
      let (main, assistants) = (step.logits[0] ?? [], Array(step.logits.dropFirst()))
      let start = clock.now
      if fusion.keepsMainChoice(main, with: assistants) { skipped += 1 }
      time += start.duration(to: clock.now)
    }
    let count = Double(max(stepCount, 1))
    return Skipping(share: Double(skipped) / count, secondsPerStep: time / .seconds(1) / count)
  }
}
