import ModelBackends

/// Members' answers to pieces of a text, position by position.
extension Participants {
  /// Updates the members after reading a piece.
  mutating func admit(_ outcomes: Outcomes<Participant.Answers>, to piece: Piece) {
    for case (let index, .success(let answers)) in outcomes.all where !all[index].isDropped {
      all[index].note(answers, upTo: piece.answer)
    }
  }

  /// The members' answers at one position of a piece.
  func outcomes(
    at offset: Int, of piece: Outcomes<Participant.Answers>, at moment: Moment
  ) -> Outcomes<Prediction> {
    var outcomes = Outcomes<Prediction>()
    for case (let index, .success(let answers)) in piece.all where !all[index].isDropped {
      if let result = answers[offset] { outcomes.all.append((index, result)) }
    }
    if offset == 0, piece.failedMember != nil {
      outcomes.failedMember = piece.failedMember
    } else {
      outcomes.failedMember =
        outcomes.all.first { index, result in
          if case .failure(let error) = result { ends(error, ofMember: index, at: moment) } else { false }
        }?.index
    }
    return outcomes
  }

  /// Releases sessions that may be busy for ever, where answers are no longer wanted.
  mutating func discard(_ outcomes: Outcomes<Participant.Answers>, to piece: Piece) {
    admit(outcomes, to: piece)
    for case (let index, .success(let answers)) in outcomes.all {
      if case .failure(let error as EnsembleError)? = answers.results.last, error.code == .deadlineExceeded {
        all[index].abandonSession()
      }
    }
  }
}
