import Ensembling
import ModelBackends

extension Statistics {
  /// Sums the statistics of several answers written one after the other. Members with the same name are combined.
  init(sumOf parts: [Statistics]) {
    self.init(members: [])
    for part in parts {
      steps += part.steps
      timeToFirstToken += part.timeToFirstToken
      fusionDuration += part.fusionDuration
      duration += part.duration
      for member in part.members {
        guard let index = members.firstIndex(where: { $0.name == member.name }) else {
          members.append(member)
          continue
        }
        members[index].work = members[index].work + member.work
        members[index].steps += member.steps
        members[index].duration += member.duration
      }
    }
  }
}

extension [Response] {
  /// One of the answers, with the summed statistics and all events of all answers.
  ///
  /// - Precondition: `index` is the index of an answer.
  func chosen(_ index: Int) -> Response {
    var response = self[index]
    response.statistics = Statistics(sumOf: map(\.statistics))
    response.events = flatMap(\.events)
    return response
  }
}

extension [any Answering] {
  /// Asks the answerers one after the other.
  func responses(to messages: [Message], options: ResponseOptions) async throws -> [Response] {
    var responses: [Response] = []
    for answerer in self {
      responses.append(try await answerer.respond(to: messages, options: options))
    }
    return responses
  }
}

extension Collection<Double> {
  /// The index of the greatest element; ties go to the first.
  var firstGreatest: Index? { indices.max { self[$0] < self[$1] || self[$0] == self[$1] && $1 < $0 } }
}
