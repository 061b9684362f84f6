/// Where the doctor's advice changes.
public struct DoctorThresholds: Sendable, Hashable {
  /// The largest difference in bits per byte to the best member with which a member still helps as an equal.
  ///
  /// A rule of thumb: a mean of two distributions costs at most one bit a token against the better one, and gains come from
  /// disagreement between members of similar strength. It is wider than any gap at which a gain was seen with equal
  /// weights, and narrower than that of models of another generation.
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
    largestGap: Double = 0.5, smallestSampleCoverage: Double = 0.5, smallestBoundaryAgreement: Double = 0.8,
    largestMatrices: Int = 4 << 30, smallestOwnMass: Double = 0.5
  ) {
    self.largestGap = largestGap
    self.smallestSampleCoverage = smallestSampleCoverage
    self.smallestBoundaryAgreement = smallestBoundaryAgreement
    self.largestMatrices = largestMatrices
    self.smallestOwnMass = smallestOwnMass
  }
}
