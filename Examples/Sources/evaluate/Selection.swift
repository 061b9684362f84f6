import DeePEn
import Evaluation
import ExampleSupport

/// An evenly spread subset, so that a few questions are of every kind; all questions where no number is given.
///
/// - Throws: `BackendError` for a number below 1.
func spread<Element>(_ all: [Element], over limit: Int?) throws -> [Element] {
  guard let limit else { return all }
  guard limit > 0 else {
    throw BackendError(.invalidArgument, in: "--limit", "\(limit) is none", remedy: "Use a number of 1 or more.")
  }
  return limit >= all.count ? all : (0..<limit).map { all[$0 * all.count / limit] }
}

/// The questions of a file, or the bundled ones. Lines that are left out are named.
///
/// - Throws: `EvaluationError` where the file cannot be read.
func questions(_ path: String?) throws -> [EvaluationItem] {
  let file = try QuestionFile(path ?? Bundled.developmentQuestions)
  for error in file.leftOut { Terminal.note("left out: \(error.problem)") }
  return file.items
}
