/// The times at which the members of an ensemble compute. It changes no answer.
public enum MemberSchedule: Sendable, Hashable {
  /// All at the same time. Their engines divide the cores (`CorePlan`), and one that is done early leaves its share
  /// idle.
  case sideBySide
  /// One after the other, the main model first, then the fusion. Each engine may use all cores. For members that
  /// compute on the same cores and take different times.
  case inTurn
}
