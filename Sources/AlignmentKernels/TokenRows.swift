internal import CAlignmentKernels
package import LinearAlgebra

/// The rows R̂[w,·] of some tokens as entries at single anchors and weighted sums of rows in memory, and the passes
/// over the anchors that a search needs: as few as possible.
///
/// Coefficients are those of the mixture's rows in a weighted sum of the tokens' rows; the caller computes them from
/// the tokens' own coefficients.
package struct TokenRows: Sendable {
  /// The least number of anchors per thread: fewer are not worth waking one.
  static let grain = 24_576

  private let mixture: RowMixture
  private let entries: AnchorEntries
  private let background: [Float]?
  private let workers: Workers

  /// Creates rows.
  ///
  /// - Parameter background: Always added to sums of rows, `[A]`; `nil` for nothing.
  package init(mixture: RowMixture, entries: AnchorEntries, background: [Float]?, workers: Workers) {
    precondition(background.map { $0.count == mixture.length } ?? true, "The background is a row.")
    (self.mixture, self.entries, self.background, self.workers) = (mixture, entries, background, workers)
  }

  /// Σ weight·row over the tokens, and the background, `[A]`.
  ///
  /// - Parameters:
  ///   - coefficients: Of the mixture's rows.
  ///   - weights: Of the tokens.
  /// - Complexity: O(rows · anchors + entries).
  package func project(_ coefficients: [Float], weights: [Float]) -> [Float] {
    check(coefficients, weights)
    return Array(unsafeUninitializedCapacity: mixture.length) { q, initialized in
      nonisolated(unsafe) let unsafeQ = q
      withRows { rows in
        nonisolated(unsafe) let rows = rows
        split(into: parts) { _, range in
          deepen_project(
            Int64(range.lowerBound), Int64(range.count), rows, coefficients, weights,
            unsafeQ.baseAddress.map { $0 + range.lowerBound })
        }
      }
      initialized = mixture.length
    }
  }

  /// Dot products of some values with each row of the mixture and with each token's entries.
  package struct Products {
    package var rows: [Float]
    package var entries: [Float]
  }

  /// Dot products with some values, `[A]`.
  ///
  /// - Complexity: O(rows · anchors + entries).
  package func products(with values: [Float]) -> Products {
    precondition(
      values.count == mixture.length, "\(values.count) values do not fit \(mixture.length) anchors.")
    return values.withUnsafeBufferPointer { values in
      nonisolated(unsafe) let values = values
      return summed { rows, range, products, entries in
        deepen_pull_back(
          Int64(range.lowerBound), Int64(range.count), rows, values.baseAddress.map { $0 + range.lowerBound },
          products, entries)
        return 0
      }.products
    }
  }

  /// The current point of a search: a sum of rows, or its projection.
  package enum Position {
    /// The projection of these.
    case sum(coefficients: [Float], weights: [Float])
    /// A projection that was computed before.
    case projected([Float])
  }

  /// The loss KL(target ‖ q) for the q of a position, and the dot products with its gradient (q − target)/max(q,
  /// floor), in one pass.
  ///
  /// - Complexity: O(rows · anchors + entries).
  package func divergence(
    at position: Position, toward target: [Float], floor: Float
  ) -> (loss: Double, products: Products) {
    check(position, target)
    return summed { rows, range, products, entries in
      pass(rows, range, position, target, floor, products, entries)
    }
  }

  /// The loss alone.
  package func loss(at position: Position, toward target: [Float], floor: Float) -> Double {
    check(position, target)
    let parts = parts
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: parts) { losses in
      nonisolated(unsafe) let losses = losses
      withRows { rows in
        nonisolated(unsafe) let rows = rows
        split(into: parts) { part, range in
          losses.initializeElement(at: part, to: pass(rows, range, position, target, floor, nil, nil))
        }
      }
      return losses.reduce(0, +)
    }
  }

  private func pass(
    _ rows: UnsafePointer<deepen_token_rows>, _ range: Range<Int>, _ position: Position, _ target: [Float],
    _ floor: Float, _ products: UnsafeMutablePointer<Double>?, _ entries: UnsafeMutablePointer<Float>?
  ) -> Double {
    target.withUnsafeBufferPointer { target in
      let target = target.baseAddress.map { $0 + range.lowerBound }
      let (first, count) = (Int64(range.lowerBound), Int64(range.count))
      switch position {
      case .sum(let coefficients, let weights):
        return deepen_relative_pass(
          first, count, rows, coefficients, weights, nil, target, floor, products, entries)
      case .projected(let q):
        return q.withUnsafeBufferPointer { q in
          deepen_relative_pass(
            first, count, rows, nil, nil, q.baseAddress.map { $0 + range.lowerBound }, target, floor, products, entries)
        }
      }
    }
  }

  private func check(_ coefficients: [Float], _ weights: [Float]) {
    precondition(
      coefficients.count == mixture.count && weights.count == entries.tokenCount,
      "Every row has a coefficient, and every token a weight.")
  }

  private func check(_ position: Position, _ target: [Float]) {
    precondition(target.count == mixture.length, "\(target.count) values do not fit \(mixture.length) anchors.")
    switch position {
    case .sum(let coefficients, let weights): check(coefficients, weights)
    case .projected(let q):
      precondition(q.count == mixture.length, "\(q.count) values do not fit \(mixture.length) anchors.")
    }
  }

  private var blocks: Int { (mixture.length + AnchorEntries.block - 1) / AnchorEntries.block }
  private var parts: Int { workers.parts(of: blocks, least: Self.grain / AnchorEntries.block) }

  /// Divides the anchors among threads, in whole blocks.
  private func split(into parts: Int, _ work: @Sendable (_ part: Int, _ anchors: Range<Int>) -> Void) {
    let length = mixture.length
    workers.split(blocks, into: parts) { part, blocks in
      work(part, blocks.lowerBound * AnchorEntries.block..<min(length, blocks.upperBound * AnchorEntries.block))
    }
  }

  /// Unsafe, because C takes structures of pointers: all of them point into memory that `self` keeps alive.
  private func withRows<Result>(_ body: (UnsafePointer<deepen_token_rows>) -> Result) -> Result {
    mixture.withMixture { mixture in
      entries.starts.withUnsafeBufferPointer { starts in
        entries.anchors.withUnsafeBufferPointer { anchors in
          entries.tokens.withUnsafeBufferPointer { tokens in
            entries.values.withUnsafeBufferPointer { values in
              func call(background: UnsafePointer<Float>?) -> Result {
                var rows = deepen_token_rows(
                  mixture: mixture,
                  entries: deepen_entries(
                    starts: starts.baseAddress, anchors: anchors.baseAddress, tokens: tokens.baseAddress,
                    values: values.baseAddress),
                  background: background)
                return body(&rows)
              }
              guard let background else { return call(background: nil) }
              return background.withUnsafeBufferPointer { call(background: $0.baseAddress) }
            }
          }
        }
      }
    }
  }

  /// The sums of the threads' results.
  private func summed(
    _ work:
      @Sendable (
        _ rows: UnsafePointer<deepen_token_rows>, _ anchors: Range<Int>, _ products: UnsafeMutablePointer<Double>?,
        _ entries: UnsafeMutablePointer<Float>?
      ) -> Double
  ) -> (loss: Double, products: Products) {
    let (parts, rowCount, tokenCount) = (parts, mixture.count, entries.tokenCount)
    var found = [Part](repeating: Part(rows: rowCount, tokens: tokenCount), count: parts)
    found.withUnsafeMutableBufferPointer { found in
      nonisolated(unsafe) let found = found
      withRows { rows in
        nonisolated(unsafe) let rows = rows
        split(into: parts) { part, range in
          found[part].loss = found[part].rows.withUnsafeMutableBufferPointer { products in
            found[part].entries.withUnsafeMutableBufferPointer { entries in
              work(rows, range, products.baseAddress, entries.baseAddress)
            }
          }
        }
      }
    }
    var sum = found[0]
    for part in found.dropFirst() {
      sum.loss += part.loss
      for row in sum.rows.indices { sum.rows[row] += part.rows[row] }
      sum.entries.add(part.entries)
    }
    return (sum.loss, Products(rows: sum.rows.map(Float.init), entries: sum.entries))
  }

  private struct Part {
    var loss = 0.0
    var rows: [Double]
    var entries: [Float]

    init(rows: Int, tokens: Int) {
      self.rows = Array(repeating: 0, count: rows)
      entries = Array(repeating: 0, count: tokens)
    }
  }
}
