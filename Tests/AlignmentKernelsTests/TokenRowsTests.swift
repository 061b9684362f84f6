import AlignmentKernels
import LinearAlgebra
import Testing

/// The passes over anchors against plain loops in double precision over whole rows.
struct TokenRowsTests {
  /// Tokens with entries and rows in common.
  private struct Case {
    let anchors: Int
    let tokens = 9
    let shared: [[Float]]
    let plain: [[Float]]
    let halves: [[UInt16]]
    let background: [Float]?
    let starts: [Int]
    let entryAnchors: [Int32]
    let entryValues: [Float]
    let coefficients: [Float]
    let weights: [Float]

    init(anchors: Int, seed: UInt64, rows: (shared: Int, plain: Int, halves: Int), hasBackground: Bool) {
      self.anchors = anchors
      func numbers(_ count: Int, _ range: ClosedRange<Float>, _ offset: UInt64) -> [Float] {
        randomFloats(count, in: range, seed: seed &* 1000 &+ offset)
      }
      // A base row, and deviations that reduce some of the sum below the smallest share of it.
      shared = (0..<rows.shared).map { numbers(anchors, $0 == 0 ? 0.1...1 : -1...1, UInt64($0)) }
      plain = (0..<rows.plain).map { numbers(anchors, 0...1, 20 + UInt64($0)) }
      halves = (0..<rows.halves).map { row in
        numbers(anchors, 0...1, 40 + UInt64(row)).map { UInt16($0.bitPattern >> 16) }
      }
      background = hasBackground ? numbers(anchors, 0...0.5, 60) : nil
      let counts = numbers(tokens, 0...6.99, 61).map { Int($0) }
      starts = counts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
      let count = counts.reduce(0, +)
      entryAnchors = numbers(count, 0...Float(anchors - 1), 62).map { Int32($0) }
      entryValues = numbers(count, 0...1, 63)
      coefficients = numbers(rows.shared + rows.plain + rows.halves, 0...1, 64)
      weights = numbers(tokens, 0...1, 65)
    }

    func rows() -> TokenRows {
      TokenRows(
        mixture: RowMixture(
          shared: shared.map { StoredArray($0) }, rows: Array(plain.indices),
          of: Matrix(rows: plain.count, columns: anchors, known: Array(plain.joined())),
          halves: halves.map { StoredArray($0) }),
        entries: AnchorEntries(
          starts: starts, anchors: entryAnchors, values: entryValues, anchorCount: anchors),
        background: background, workers: Workers(count: 3))
    }

    private var whole: [[Double]] {
      (shared + plain).map { $0.map(Double.init) }
        + halves.map { $0.map { Double(Float(bitPattern: UInt32($0) << 16)) } }
    }

    /// The projection of the rows, by the definition.
    var projected: [Double] {
      var sum = background.map { $0.map(Double.init) } ?? Array(repeating: 0, count: anchors)
      let rows = whole
      for anchor in 0..<anchors {
        var sharedSum = 0.0
        for (row, coefficient) in zip(rows.prefix(shared.count), coefficients) {
          sharedSum += Double(coefficient) * row[anchor]
        }
        if let base = shared.first {
          sum[anchor] += max(sharedSum, Double(RowMixture.least * coefficients[0] * base[anchor]))
        }
        for (row, coefficient) in zip(rows, coefficients).dropFirst(shared.count) {
          sum[anchor] += Double(coefficient) * row[anchor]
        }
      }
      for token in 0..<tokens {
        for entry in starts[token]..<starts[token + 1] {
          sum[Int(entryAnchors[entry])] += Double(weights[token]) * Double(entryValues[entry])
        }
      }
      return sum
    }

    /// Dot products with values, by the definition.
    func products(_ values: [Double]) -> (rows: [Double], entries: [Double]) {
      (
        whole.map { zip($0, values).reduce(0) { $0 + $1.0 * $1.1 } },
        (0..<tokens).map { token in
          (starts[token]..<starts[token + 1]).reduce(0) {
            $0 + Double(entryValues[$1]) * values[Int(entryAnchors[$1])]
          }
        }
      )
    }
  }

  private static let shapes = [(1, 0, 3), (0, 5, 0), (6, 0, 0), (0, 0, 0), (3, 2, 9)]

  private func isClose(_ x: some Collection<Float>, _ y: some Collection<Double>, scale: Double) -> Bool {
    x.count == y.count && zip(x, y).allSatisfy { abs(Double($0) - $1) <= 2e-5 * scale }
  }

  @Test(arguments: [1, 15, 16, 255, 256, 257, 511, 20_000, 30_001], shapes.indices)
  func passesFollowTheirDefinitions(anchors: Int, shape: Int) {
    for hasBackground in [false, true] {
      let test = Case(
        anchors: anchors, seed: UInt64(anchors * 10 + shape), rows: Self.shapes[shape], hasBackground: hasBackground)
      let rows = test.rows()
      let projected = test.projected
      let relative = rows.project(test.coefficients, weights: test.weights)
      #expect(isClose(relative, projected, scale: 10))

      let values = randomFloats(anchors, in: -1...1, seed: 7)
      let products = rows.products(with: values)
      let expected = test.products(values.map(Double.init))
      #expect(isClose(products.rows, expected.rows, scale: Double(anchors).squareRoot() + 1))
      #expect(isClose(products.entries, expected.entries, scale: 10))

      let target = randomFloats(anchors, in: 0...1, seed: 8)
      let floor: Float = 1e-3
      let loss = zip(target, projected).reduce(0.0) { sum, pair in
        pair.0 > 0 ? sum + Double(pair.0) * ElementaryFunctions.log(Double(pair.0) / max(pair.1, Double(floor))) : sum
      }
      let gradient = zip(projected, target).map { ($0 - Double($1)) / max($0, Double(floor)) }
      let pulled = test.products(gradient)
      let size = gradient.reduce(1) { $0 + abs($1) }
      for position in [
        TokenRows.Position.sum(coefficients: test.coefficients, weights: test.weights), .projected(relative),
      ] {
        let pass = rows.divergence(at: position, toward: target, floor: floor)
        #expect(abs(pass.loss - loss) <= 1e-5 * Double(anchors))
        #expect(abs(rows.loss(at: position, toward: target, floor: floor) - loss) <= 1e-5 * Double(anchors))
        #expect(isClose(pass.products.rows, pulled.rows, scale: size))
        #expect(isClose(pass.products.entries, pulled.entries, scale: size))
      }
    }
  }

  @Test func aTargetThatIsMetHasNoGradient() {
    let test = Case(anchors: 700, seed: 3, rows: (2, 0, 3), hasBackground: true)
    let rows = test.rows()
    let relative = rows.project(test.coefficients, weights: test.weights)
    let pass = rows.divergence(
      at: .sum(coefficients: test.coefficients, weights: test.weights), toward: relative, floor: .leastNormalMagnitude)
    #expect(pass.loss == 0)
    #expect(pass.products.rows.allSatisfy { $0 == 0 } && pass.products.entries.allSatisfy { $0 == 0 })
  }
}
