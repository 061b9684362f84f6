import ExampleSupport
import Foundation
import Testing

/// The program of the README, run as a reader would.
@Suite(.timeLimit(.minutes(20))) struct FirstAnswerTests {
  @Test func itAnswersFromTheRepositorysFolder() throws {
    let run = try Program("first-answer", in: Bundled.folder.deletingLastPathComponent())
    #expect(run.status == 0 && run.output.split(separator: "\n").first == " Fe", "\(run.output) \(run.notes)")
  }

  @Test func fromAnotherFolderItSaysWhatIsMissingAndEnds() throws {
    let run = try Program("first-answer", in: FileManager.default.temporaryDirectory)
    let output = run.output + run.notes
    #expect(run.status == 1)
    #expect(output.hasPrefix("error: Examples/Models/atlas/atlas.gguf"), "\(output)")
    #expect(output.split(separator: "\n").count == 1, "\(output)")
  }
}
