import AlignmentKernels
import LinearAlgebra
import Testing

struct LogCodesTests {
  private func quantised(_ x: [Float]) -> (scale: LogCodes, numbers: [Float]) {
    var codes = [UInt8](repeating: 7, count: x.count)
    var span = codes.mutableSpan
    let scale = LogCodes.quantise(x.span, into: &span)
    return (scale, dequantised(codes, scale))
  }

  private func quantised(exponents x: [Float], factor: Float, sum: Float) -> (scale: LogCodes, numbers: [Float]) {
    var codes = [UInt8](repeating: 7, count: x.count)
    var span = codes.mutableSpan
    let scale = LogCodes.quantise(exponents: x.span, factor: factor, sum: sum, into: &span)
    return (scale, dequantised(codes, scale))
  }

  private func dequantised(_ codes: [UInt8], _ scale: LogCodes) -> [Float] {
    var halves = [UInt16](repeating: 0xffff, count: codes.count)
    var span = halves.mutableSpan
    scale.dequantise(codes.span, into: &span)
    return halves.map { Float(bitPattern: UInt32($0) << 16) }
  }

  @Test(arguments: [1, 2, 15, 16, 17, 511, 512, 513, 3000], [Float(0), 0.5, 2, 6, 30])
  func numbersAreOffByHalfARatioAtMost(count: Int, spread: Float) {
    let logarithms = randomFloats(count, in: -spread...spread, seed: UInt64(count))
    let x = logarithms.map { ElementaryFunctions.exp($0) }
    let (scale, numbers) = quantised(x)
    let largest = x.max() ?? 0
    // Half a quantisation step, the correction that preserves the sum, and rounding.
    let ratio = ElementaryFunctions.exp(scale.step) + 1e-5 + LogCodes.roundingError
    var error = 0.0
    for (number, wanted) in zip(numbers, x) {
      error += abs(Double(number) - Double(wanted))
      if wanted > 1e-9 * largest { #expect(number <= wanted * ratio && wanted <= number * ratio) }
      #expect(number > 0)
    }
    let (sum, quantisedSum) = (x.reduce(0.0) { $0 + Double($1) }, numbers.reduce(0.0) { $0 + Double($1) })
    let rounding = Double(LogCodes.roundingError) * sum
    #expect(abs(sum - quantisedSum) <= rounding + 1e-5 * sum)
    #expect(abs(error - Double(scale.error)) <= rounding + 1e-5 * sum)
    #expect(Double(scale.error) <= 0.06 * sum)
  }

  @Test func zerosStayZeros() {
    let zeros = quantised([Float](repeating: 0, count: 40))
    #expect(zeros.numbers.allSatisfy { $0 == 0 } && zeros.scale.error == 0)
    let some = quantised([0, 0.25, 0, 0.5, 0])
    #expect(some.numbers[0] == 0 && some.numbers[2] == 0 && some.numbers[4] == 0)
    #expect(abs(some.numbers[1] - 0.25) < 1e-3 && abs(some.numbers[3] - 0.5) < 1e-3)
    #expect(quantised([]).numbers.isEmpty)
  }

  @Test func numbersBelowTheRangeAreRaisedToIt() {
    let (scale, numbers) = quantised([1, 1e-30, 0x1p-140])
    #expect(abs(numbers[0] - 1) < 2e-3 && numbers[1] > 0 && numbers[1] < 1e-10 && numbers[1] == numbers[2])
    #expect(scale.error < 1e-5)
  }

  /// Exponents give the codes that their exponentials give, up to rounding and the requested sum.
  @Test(arguments: [1, 15, 16, 17, 513, 3000], [Float(0.5), 3, 100])
  func exponentsAreQuantisedAsTheirExponentials(count: Int, factor: Float) {
    var exponents = randomFloats(count, in: -1...1, seed: UInt64(count))
    for index in stride(from: 1, to: count, by: 5) { exponents[index] = -.infinity }
    let (scale, numbers) = quantised(exponents: exponents, factor: factor, sum: 0.75)
    let (largest, exponentials) = (exponents.max() ?? 0, exponents.map { ElementaryFunctions.exp(Double(factor * $0)) })
    let sum = exponentials.reduce(0, +)
    let ratio = ElementaryFunctions.exp(Double(scale.step)) + 2 * Double(LogCodes.roundingError) + 1e-4
    for (index, number) in numbers.enumerated() {
      guard exponents[index] > -.infinity else {
        #expect(number == 0)
        continue
      }
      #expect(number > 0)
      let wanted = 0.75 * exponentials[index] / sum
      if factor * (largest - exponents[index]) < 23 {
        #expect(Double(number) <= wanted * ratio && wanted <= Double(number) * ratio)
      }
    }
    #expect(abs(numbers.reduce(0.0) { $0 + Double($1) } - 0.75) <= 0.75 * (Double(LogCodes.roundingError) + 1e-5))
  }

  @Test func valuesWithoutExponentOrSumAreZero() {
    let cases: [(exponents: [Float], sum: Float)] = [([-.infinity, -.infinity], 0.5), ([0, 1, -1], 0)]
    for (exponents, sum) in cases {
      #expect(quantised(exponents: exponents, factor: 2, sum: sum).numbers.allSatisfy { $0 == 0 })
    }
  }
}
