import Dispatch
import ExampleSupport
import Foundation

/// Prints a message before a signal ends the process: Ctrl-C, a closed terminal, `kill`.
final class Interruption {
  private static let signals = [SIGINT, SIGTERM, SIGHUP]
  private var sources: [(number: Int32, source: any DispatchSourceSignal)] = []

  /// Watches for signals as long as this object lives.
  init(say text: String) {
    for number in Self.signals {
      // `nohup` makes a process ignore one: it stays ignored.
      var action = sigaction()
      sigaction(number, nil, &action)
      if isIgnored(action) { continue }
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global(qos: .userInteractive))
      source.setEventHandler {
        Terminal.note("\n" + text)
        // Ends as the signal would have ended it, so that a script that runs the command ends too.
        signal(number, SIG_DFL)
        // Threads of a queue block signals, and all threads do where the parent did.
        var ending = sigset_t()
        sigemptyset(&ending)
        sigaddset(&ending, number)
        pthread_sigmask(SIG_UNBLOCK, &ending, nil)
        kill(getpid(), number)
      }
      source.resume()
      sources.append((number, source))
    }
  }

  deinit {
    for (number, source) in sources {
      source.cancel()
      signal(number, SIG_DFL)
    }
  }
}

/// Returns whether a signal is ignored.
private func isIgnored(_ action: sigaction) -> Bool {
  #if canImport(Darwin)
    let handler = action.__sigaction_u.__sa_handler
  #else
    let handler = action.__sigaction_handler.sa_handler
  #endif
  return handler.map { unsafeBitCast($0, to: Int.self) } == unsafeBitCast(SIG_IGN, to: Int.self)
}
