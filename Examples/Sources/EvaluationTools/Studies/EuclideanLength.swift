/// The Euclidean length √(Σ xᵢ²), added up in double precision so that no square overflows.
func norm(_ x: [Float]) -> Float {
  Float(x.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot())
}

/// Scales numbers to Euclidean length one.
///
/// - Returns: `true` if they have a direction. Zeros have none, nor do numbers of which one is NaN or infinite; they
///   stay unchanged.
func normalize(_ x: inout [Float]) -> Bool {
  let length = x.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
  guard length > 0, length.isFinite else { return false }
  x = x.map { Float(Double($0) / length) }
  return true
}
