import Foundation
import Synchronization

/// A progress bar with the estimated time left.
///
/// On a terminal it redraws one line; elsewhere it writes a line at every tenth.
public struct ProgressBar {
  private let title: String
  private let start = ContinuousClock.now
  private var lastTenth = -1

  /// Starts a bar.
  public init(_ title: String) {
    self.title = title
  }

  /// Shows the completed share, from 0 to 1.
  public mutating func show(_ fraction: Double, note: String = "") {
    let tenth = Int(fraction * 10)
    guard Terminal.isInteractive || tenth > lastTenth else { return }
    lastTenth = tenth
    let width = 24
    let filled = Int((fraction * Double(width)).rounded(.down))
    let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: width - filled)
    let elapsed = start.duration(to: .now) / .seconds(1)
    let left = fraction > 0 ? elapsed / fraction - elapsed : 0
    let line = "\(title) \(bar) \(Int(fraction * 100)) %, \(Int(left.rounded(.up))) s left \(note)"
    let ending = fraction >= 1 || !Terminal.isInteractive ? "\n" : ""
    let text = (Terminal.isInteractive ? "\r\u{1B}[K" : "") + line + ending
    Terminal.showNote(text)
  }
}

/// A progress bar that any task may update.
public final class SharedProgressBar: Sendable {
  private let bar: Mutex<ProgressBar>

  /// Starts a bar.
  public init(_ title: String) {
    bar = Mutex(ProgressBar(title))
  }

  /// Shows the completed share, from 0 to 1.
  public func show(_ fraction: Double) {
    bar.withLock { $0.show(fraction) }
  }
}
