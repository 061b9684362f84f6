import Evaluation
import ExampleSupport
import Synchronization

/// Shows a comparison's progress: a bar for each row, with the time left for the whole pass.
final class RunReporter: Sendable {
  private struct State {
    var activity = ""
    var bar = ProgressBar("")
  }

  private let state = Mutex(State())

  func show(_ progress: Comparison.Progress) {
    state.withLock { state in
      if progress.activity != state.activity {
        state = State(activity: progress.activity, bar: ProgressBar(progress.activity))
        if progress.run == nil { Terminal.note(progress.activity) }
      }
      guard let run = progress.run else { return }
      let left = run.remaining.map { "(whole pass: \(Int(($0 / .seconds(1)).rounded(.up))) s)" } ?? ""
      state.bar.show(Double(run.done) / Double(run.total), note: left)
    }
  }
}
