/// Where the doctor's advice changes.
///
/// The defaults are choices of this package, each with its reason; only ``WeightTuner`` and a comparison measure.
public struct DoctorThresholds: Sendable, Hashable {
  /// The largest difference in bits per byte to the best member with which a member still helps as an equal.
  ///
  /// A rule of thumb of this package, not a law: the further a member is behind, the less weight it deserves, and an equal
  /// weight then costs more than its knowledge brings. `WeightTuner` finds out for given members what this can only guess.
  public var largestGap: Double
  /// The smallest share of the sample's tokens, in the main model's tokenisation, that the assistant must have too.
  ///
  /// Below one half, most of what the main model chooses from can only be reached through cosines.
  public var smallestSampleCoverage: Double
  /// The smallest share of token boundaries in common with which anchors alone are advised.
  ///
  /// Where fewer boundaries agree, tokens have another grain, and a token's beginning says more than an equal token.
  public var smallestBoundaryAgreement: Double
  /// The largest dense matrices that are advised, in bytes for all members together: half of an 8 GiB machine.
  public var largestMatrices: Int
  /// The mean own-anchor mass below which a relative row hardly tells its own token from others.
  ///
  /// With less than half on its own anchor, a token mostly stands for others.
  public var smallestOwnMass: Double

  /// Makes thresholds.
  public init(
    largestGap: Double = 0.3, smallestSampleCoverage: Double = 0.5, smallestBoundaryAgreement: Double = 0.8,
    largestMatrices: Int = 4 << 30, smallestOwnMass: Double = 0.5
  ) {
    self.largestGap = largestGap
    self.smallestSampleCoverage = smallestSampleCoverage
    self.smallestBoundaryAgreement = smallestBoundaryAgreement
    self.largestMatrices = largestMatrices
    self.smallestOwnMass = smallestOwnMass
  }
}
