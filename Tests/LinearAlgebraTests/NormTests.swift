import LinearAlgebra
import Testing

struct NormTests {
  private func normalised(_ values: inout [Float]) -> RowLength {
    var span = values.mutableSpan
    return normalize(&span)
  }

  @Test(arguments: [1, 3, 16, 17, 100, 1000])
  func equalsTheExactLength(_ count: Int) {
    let values = randomFloats(count, in: -3...3, seed: UInt64(count))
    let exact = values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    #expect(abs(Double(norm(values)) - exact) < 1e-5 * exact)
    var unit = values
    #expect(normalised(&unit) == .one)
    #expect(abs(norm(unit) - 1) < 1e-6)
    for (scaled, value) in zip(unit, values) {
      #expect(abs(Double(scaled) - Double(value) / exact) < 1e-6)
    }
  }

  @Test(arguments: [Float(1e38), 3e30, 1e-30, 0x1p-140])
  func extremeLengthsHaveADirection(_ size: Float) {
    var values = [size, -size, 0, size, size]
    #expect(normalised(&values) == .one)
    for (value, expected) in zip(values, [0.5, -0.5, 0, 0.5, 0.5]) { #expect(abs(Double(value) - expected) < 1e-7) }
  }

  @Test func vectorsWithoutDirection() {
    var zeros = [Float](repeating: 0, count: 5)
    #expect(normalised(&zeros) == .zero)
    #expect(zeros == [0, 0, 0, 0, 0])
    for bad in [Float.nan, .infinity, -.infinity] {
      var values: [Float] = [1, bad, 2]
      #expect(normalised(&values) == .notFinite)
      #expect(values == [0, 0, 0])
    }
    #expect(norm([Float]()) == 0)
  }
}
