import LinearAlgebra
import Testing

struct RatioCodesTests {
  private func coded(_ x: [Float]) -> (scale: RatioCodes, numbers: [Float]) {
    var codes = [UInt8](repeating: 7, count: x.count)
    let scale = x.withUnsafeBufferPointer { x in codes.withUnsafeMutableBufferPointer { RatioCodes.code(x, into: $0) } }
    var numbers = [Float](repeating: -1, count: x.count)
    codes.withUnsafeBufferPointer { codes in
      numbers.withUnsafeMutableBufferPointer { scale.decode(codes, into: $0) }
    }
    return (scale, numbers)
  }

  @Test(arguments: [1, 2, 15, 16, 17, 511, 512, 513, 3000], [Float(0), 0.5, 2, 6, 30])
  func numbersAreOffByHalfARatioAtMost(count: Int, spread: Float) {
    let logarithms = randomFloats(count, in: -spread...spread, seed: UInt64(count))
    let x = logarithms.map { ElementaryFunctions.exp($0) }
    let (scale, numbers) = coded(x)
    let largest = x.max() ?? 0
    // Half a step, what keeping the sum moves, and rounding.
    let ratio = ElementaryFunctions.exp(scale.step) + 1e-5
    var error = 0.0
    for (number, wanted) in zip(numbers, x) {
      error += abs(Double(number) - Double(wanted))
      if wanted > 1e-9 * largest { #expect(number <= wanted * ratio && wanted <= number * ratio) }
      #expect(number > 0)
    }
    let (sum, codedSum) = (x.reduce(0.0) { $0 + Double($1) }, numbers.reduce(0.0) { $0 + Double($1) })
    #expect(abs(sum - codedSum) <= 1e-5 * sum)
    #expect(abs(error - Double(scale.error)) <= 1e-5 * sum)
    #expect(Double(scale.error) <= 0.06 * sum)
  }

  @Test func zerosStayZeros() {
    let zeros = coded([Float](repeating: 0, count: 40))
    #expect(zeros.numbers.allSatisfy { $0 == 0 } && zeros.scale.error == 0)
    let some = coded([0, 0.25, 0, 0.5, 0])
    #expect(some.numbers[0] == 0 && some.numbers[2] == 0 && some.numbers[4] == 0)
    #expect(abs(some.numbers[1] - 0.25) < 1e-5 && abs(some.numbers[3] - 0.5) < 1e-5)
    #expect(coded([]).numbers.isEmpty)
  }

  @Test func numbersBelowTheRangeAreRaisedToIt() {
    let (scale, numbers) = coded([1, 1e-30, 0x1p-140])
    #expect(abs(numbers[0] - 1) < 1e-5 && numbers[1] > 0 && numbers[1] < 1e-10 && numbers[1] == numbers[2])
    #expect(scale.error < 1e-5)
  }
}
