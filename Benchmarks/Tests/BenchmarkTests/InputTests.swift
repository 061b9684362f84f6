import DeePEn
import LinearAlgebra
import Testing

@testable import BenchmarkKit

@Suite("Synthetic inputs") struct InputTests {
  @Test(
    "Shared tokens have one number in all vocabularies, and the inverse mapping holds",
    arguments: [(1200, 800), (801, 800), (9, 9)])
  func layout(count: Int, shared: Int) {
    let layout = TokenLayout(vocabularyCount: count, sharedCount: shared)
    let numbers = (0..<count).compactMap(layout.sharedNumber)
    #expect(numbers == Array(0..<shared))
    #expect(layout.sharedTokens.map(layout.sharedNumber) == (0..<shared).map(Optional.some))
  }

  @Test("Vocabularies share exactly the tokens of the layout")
  func vocabularies() throws {
    let layouts = [1200, 1000].map { TokenLayout(vocabularyCount: $0, sharedCount: 800) }
    let vocabularies = try layouts.enumerated().map { try SyntheticVocabulary.make($1, member: $0) }
    // The last shared token is the end of generation, which is no text.
    #expect(Anchors.sharedTokenCount(of: vocabularies) == 799)
    for number in 0..<799 {
      let bytes = zip(layouts, vocabularies).map { Array($1.bytes(of: $0.token(ofShared: number))) }
      #expect(bytes[0] == bytes[1])
    }
    #expect(vocabularies.allSatisfy { Set($0.textTokens).count == $0.count - 1 })
  }

  @Test("Logits are the same for one seed, mostly peaked, now and then flat, and members mostly agree")
  func logits() throws {
    let layouts = [6000, 5000].map { TokenLayout(vocabularyCount: $0, sharedCount: 4000) }
    let stream = LogitStream(layouts, seed: 7)
    #expect(try stream.logits(atStep: 3) == LogitStream(layouts, seed: 7).logits(atStep: 3))
    #expect(try stream.logits(atStep: 3) != LogitStream(layouts, seed: 8).logits(atStep: 3))
    var (peaks, agreements, tail, chosen) = (Samples("peak"), 0, Samples("tail"), Set<Int>())
    for step in 0..<100 {
      let distributions = try stream.logits(atStep: step).map(softmax)
      let order = topK(512, of: distributions[0])
      peaks.values.append(Double(distributions[0][order[0]]))
      tail.values.append(1 - order.reduce(0) { $0 + Double(distributions[0][$1]) })
      let best = distributions.map { argMax($0) ?? 0 }
      if layouts[0].sharedNumber(of: best[0]) == layouts[1].sharedNumber(of: best[1]) { agreements += 1 }
      chosen.insert(best[0])
    }
    #expect((0.5...0.95).contains(peaks.median))
    #expect(peaks.quantile(0.03) < 0.1)
    #expect((60..<98).contains(agreements))
    #expect((0.0001...0.05).contains(tail.median))
    #expect(tail.quantile(0.97) > 0.1)
    // Frequent tokens recur.
    #expect(chosen.count < 95)
  }

  @Test("Rows are at right angles or share a direction, and shared tokens lie alike for all members")
  func embeddings() throws {
    let layouts = [600, 500].map { TokenLayout(vocabularyCount: $0, sharedCount: 400) }
    for (shape, expected) in [
      (SyntheticEmbeddings.Shape.orthogonal, -0.01...0.01), (.anisotropic, 0.1...0.3),
    ] {
      let tables = zip(layouts, [256, 192]).enumerated().map {
        SyntheticEmbeddings($1.0, member: $0, dimension: $1.1, shape: shape, seed: 1)
      }
      // A row is the same, whichever block it is read in.
      for (one, other) in zip(tables[0].rows(100..<103).row(1), tables[0].rows(90..<110).row(11)) {
        #expect(abs(one - other) < 1e-5)
      }
      let matrices = zip(layouts, tables).map { cosines($1, $0.sharedTokens) }
      let off = offDiagonal(matrices[0])
      #expect(expected.contains(off.reduce(0, +) / Double(off.count)), "\(shape)")
      // Related tokens are related for both.
      #expect(correlation(off, offDiagonal(matrices[1])) > 0.1, "\(shape)")
    }
  }

  @Test("Rows of random matrices are distributions, whatever the number of threads")
  func stochastic() throws {
    let matrix = try StochasticMatrix.make(rows: 7, columns: 50, seed: 1, threads: 2)
    #expect(try matrix == StochasticMatrix.make(rows: 7, columns: 50, seed: 1, threads: 3))
    for row in 0..<7 {
      #expect(abs(matrix.row(row).reduce(0, +) - 1) < 1e-5 && matrix.row(row).allSatisfy { $0 >= 0 })
    }
    #expect(matrix.row(0) != matrix.row(1))
  }

  private func cosines(_ table: SyntheticEmbeddings, _ tokens: [Int]) -> Matrix {
    var rows = Matrix(rows: tokens.count, columns: table.dimension)
    for (index, token) in tokens.enumerated() {
      let row = table.rows(token..<token + 1).elements
      let length = BLAS.dot(row, row).squareRoot()
      for column in row.indices { rows[index, column] = row[column] / length }
    }
    return BLAS.multiplyTransposed(rows, rows)
  }

  private func offDiagonal(_ matrix: Matrix) -> [Double] {
    (0..<matrix.rows).flatMap { row in
      (0..<row).map { Double(matrix[row, $0]) }
    }
  }

  private func correlation(_ a: [Double], _ b: [Double]) -> Double {
    let count = Double(a.count)
    let (meanA, meanB) = (a.reduce(0, +) / count, b.reduce(0, +) / count)
    var (both, squareA, squareB) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
      both += (x - meanA) * (y - meanB)
      squareA += (x - meanA) * (x - meanA)
      squareB += (y - meanB) * (y - meanB)
    }
    return both / (squareA * squareB).squareRoot()
  }
}
