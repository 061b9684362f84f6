import DeePEn
import Foundation
import GGUFBackend
import ONNXBackend

do {
  let template = TextTemplate("Question: {prompt}\nAnswer:")
  let atlas = Member(try GGUFBackend(file: "Examples/Models/atlas/atlas.gguf"), template: template)
  let scholar = Member(try ONNXBackend(folder: "Examples/Models/scholar"), template: template)

  let ensemble = try await Ensemble(main: atlas, assistants: [scholar])
  for try await token in ensemble.streamResponse(to: "What is the chemical symbol of iron?") {
    print(token.text, terminator: "")
    fflush(nil)  // A terminal would be shown whole lines only.
  }
  print()
} catch {
  print("error: \(error)")
  exit(1)
}
