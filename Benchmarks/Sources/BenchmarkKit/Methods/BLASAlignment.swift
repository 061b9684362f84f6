import DeePEn

/// A dense alignment whose products the matrix library makes: what the package's own are held against.
struct BLASAlignment: TokenAlignment {
  let matrix: Matrix

  var vocabularyCount: Int { matrix.rows }

  var anchorCount: Int { matrix.columns }

  func project(_ distribution: [Float]) -> [Float] { BLAS.multiply(distribution, matrix) }

  func pullBack(_ anchorValues: [Float]) -> [Float] { BLAS.multiply(matrix, anchorValues) }
}
