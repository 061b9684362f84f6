/// The thresholds at which the doctor's advice changes.
///
/// The defaults are choices of this package, each with its reason; only ``WeightTuner`` and a comparison measure.
package struct DoctorThresholds: Sendable, Hashable {
  /// The least saving of two models together on the sample, as a share of the bits that the main model needs alone.
  ///
  /// A temperature alone saves about one per cent on texts that a model knows.
  package var smallestGain: Double
  /// The smallest share of the sample's tokens, in the main model's tokenisation, that the assistant must have too.
  ///
  /// Below one half, most of the main model's candidates can only be reached through cosines.
  package var smallestSampleCoverage: Double
  /// The smallest share of token boundaries in common with which anchors alone are advised.
  ///
  /// Where fewer boundaries agree, tokens have another granularity, and a token's prefix says more than an equal token.
  package var smallestBoundaryAgreement: Double
  /// The largest dense matrices that are advised, in bytes for all members together: half of an 8 GiB machine.
  package var largestMatrices: Int
  /// The mean own-anchor mass below which a relative row hardly tells its own token from others.
  ///
  /// With less than half on its own anchor, a token mostly stands for others.
  package var smallestOwnMass: Double
  /// The largest share of a step that fusion may take before it is pointed out.
  ///
  /// Above one half, fusion takes longer than all models together.
  package var largestFusionShare: Double

  /// Creates thresholds.
  package init(
    smallestGain: Double = 0.01, smallestSampleCoverage: Double = 0.5, smallestBoundaryAgreement: Double = 0.8,
    largestMatrices: Int = 4 << 30, smallestOwnMass: Double = 0.5, largestFusionShare: Double = 0.5
  ) {
    self.smallestGain = smallestGain
    self.smallestSampleCoverage = smallestSampleCoverage
    self.smallestBoundaryAgreement = smallestBoundaryAgreement
    self.largestMatrices = largestMatrices
    self.smallestOwnMass = smallestOwnMass
    self.largestFusionShare = largestFusionShare
  }
}
