import DeePEn

/// A dense alignment with products by the matrix library, to compare with the package's own.
struct BLASAlignment: TokenAlignment {
  let matrix: Matrix

  var vocabularyCount: Int { matrix.rows }

  var anchorCount: Int { matrix.columns }

  func project(_ distribution: [Float]) -> [Float] { BLAS.multiply(distribution, matrix) }

  func pullBack(_ anchorValues: [Float]) -> [Float] { BLAS.multiply(matrix, anchorValues) }
}
