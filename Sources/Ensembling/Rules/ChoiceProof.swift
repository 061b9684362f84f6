package import Fusion
internal import LinearAlgebra

/// A proof that fusion leaves the main model's choice t as it is, from a few numbers of each member.
///
/// With p the main model's distribution and p₂ the probability of its second token, ρ = p₂/p(t). Assistant i speaks of
/// places (anchors, or the main model's tokens); rᵢ is what it gives to the place of t, and c = p(t)/mᵢ the part of that
/// place that is t's own, mᵢ being what the main model gives to it. Moved all the way to the assistant, the main model's
/// distribution is qᵢ(w) = rᵢ[place of w]·p(w)/m[place of w], divided by what can be reached, Z ≤ 1. For every other token w:
///
/// - at the place of t, qᵢ(w)/qᵢ(t) = p(w)/p(t) ≤ ρ;
/// - at another place, qᵢ(w) ≤ (1 − rᵢ)/Z, because p(w) is a part of its place's m, while qᵢ(t) = rᵢ·c/Z.
///
/// Where the search finds nothing to do, qᵢ is p and the first case covers it. The bounds of the combinations follow; each
/// asks for more than zero by a margin that is far above the rounding of single precision.
package struct ChoiceProof {
  private struct Opinion {
    var weight: Double
    /// rᵢ.
    var mass: Double
    /// c; `nil` where t has its place to itself and nothing is searched.
    var part: Double?
  }

  /// t, the main model's likeliest token.
  package let token: Int
  /// p(t), as softmax has it.
  package var probability: Float { distribution[token] }
  private let distribution: [Float]
  /// p(t) and p₂.
  private let first: Double
  private let second: Double
  /// How many times its place's m a token's probability can be: 1, and 2 where some are too small to be normal numbers.
  private let excess: Double
  private let margin: Double
  private let mainWeight: Double
  private var opinions: [Opinion] = []

  /// What a sum of probabilities may be wrong by.
  private static let slack = 1e-4

  /// Looks at the main model; `nil` where it has no likeliest token, or several.
  ///
  /// - Complexity: O(V) and a softmax.
  package init?(_ main: [Float], weight: Float) {
    var (best, next, lowest) = (-Float.infinity, -Float.infinity, Float.infinity)
    var token = -1
    for (place, logit) in main.enumerated() {
      if logit > best {
        (best, next, token) = (logit, best, place)
      } else if logit > next {
        next = logit
      }
      if logit < lowest, logit > -.infinity { lowest = logit }
    }
    guard token >= 0, best > next, weight >= 0, let distribution = try? softmax(main) else { return nil }
    self.token = token
    self.distribution = distribution
    first = Double(distribution[token])
    second = first * ElementaryFunctions.exp(Double(next) - Double(best))
    // A logit is rounded in proportion to its size; what lies far below, by less than its distance.
    margin = 1e-3 + 1e-6 * abs(Double(best))
    excess = Double(lowest) - Double(best) + ElementaryFunctions.log(first) > -87 ? 1 : 2
    mainWeight = Double(weight)
  }

  /// The part of its place that is t's own, c.
  ///
  /// - Parameter places: The main model's places, `[V]`.
  /// - Complexity: O(V).
  package func part(in places: [Int32]) -> Double {
    min(1, first / Self.mass(of: places[token], in: places, under: distribution))
  }

  /// What the main model gives to the place of t, m.
  package func mass(in places: [Int32]) -> Double {
    Self.mass(of: places[token], in: places, under: distribution)
  }

  /// Takes an assistant's opinion in.
  ///
  /// - Parameters:
  ///   - logits: What it says.
  ///   - weight: How much it counts.
  ///   - places: The places of its tokens, `[its V]`.
  ///   - place: The place of t.
  ///   - part: c; `nil` where places are the main model's tokens.
  /// - Returns: Whether it could be understood.
  /// - Complexity: O(V) and a softmax.
  package mutating func add(
    _ logits: [Float], weight: Float, places: [Int32], place: Int32, part: Double?
  ) -> Bool {
    guard logits.count == places.count, weight.isFinite, let distribution = try? softmax(logits) else { return false }
    opinions.append(
      Opinion(
        weight: Double(weight), mass: min(1, Self.mass(of: place, in: places, under: distribution)), part: part))
    return true
  }

  private static func mass(of place: Int32, in places: [Int32], under distribution: [Float]) -> Double {
    var sum = 0.0
    places.withUnsafeBufferPointer { places in
      distribution.withUnsafeBufferPointer { distribution in
        for token in places.indices where places[token] == place { sum += Double(distribution[token]) }
      }
    }
    return sum
  }

  // MARK: - Combinations

  /// Whether t wins in a combination of p and all qᵢ, each a distribution of its own.
  package func holds(for combination: any FusionRule) -> Bool {
    // With numbers that are not normal, p/m can be too large, and what is divided out is unknown: only ratios count.
    if excess > 1 { return ratios.allSatisfy { ElementaryFunctions.log($0) < -margin } && isKnown(combination) }
    switch combination {
    case is MeanFusion: return meanLead > margin
    case let product as GeometricFusion: return productLead(smoothing: Double(product.smoothing)) > margin
    default: return false
    }
  }

  /// Whether t wins where p is moved all the way to a combination of what the members say of common places.
  ///
  /// - Parameter mass: What the main model gives to the place of t.
  package func holds(forCommonPlacesUnder combination: any FusionRule, mass: Double) -> Bool {
    // Within the place of t the order stays.
    guard -ElementaryFunctions.log(second / first) > margin else { return false }
    switch combination {
    case is MeanFusion: return meanLead > margin
    case let product as GeometricFusion:
      return commonProductLead(smoothing: Double(product.smoothing), mass: mass) > margin
    default: return false
    }
  }

  private func isKnown(_ combination: any FusionRule) -> Bool {
    combination is MeanFusion || combination is GeometricFusion
  }

  /// What each qᵢ(w)/qᵢ(t) is at most, p(w)/p(t) among them.
  private var ratios: [Double] {
    [second / first]
      + opinions.map { opinion in
        let others = excess * (1 - opinion.mass + Self.slack) / max(opinion.mass * (opinion.part ?? 1), 1e-300)
        return max(second / first, others)
      }
  }

  /// α₀·(p(t) − p₂) + Σ αᵢ·dᵢ, where dᵢ is the least that qᵢ(t) − qᵢ(w) can be: the smallest of p(t) − p₂, rᵢ·c·(1 − ρ) and
  /// rᵢ·c − (1 − rᵢ).
  private var meanLead: Double {
    opinions.reduce(mainWeight * (first - second)) { lead, opinion in
      let share = opinion.mass * (opinion.part ?? 1)
      let others = share - excess * (1 - opinion.mass + Self.slack)
      guard opinion.part != nil else { return lead + opinion.weight * others }
      return lead + opinion.weight * min(first - second, share * (1 - second / first), others)
    }
  }

  /// −Σ αᵢ·log of the most that (1 − ε)·qᵢ + ε·Σ αⱼ·qⱼ of w can be as a multiple of that of t.
  ///
  /// With U ≥ Σ αⱼ·qⱼ(w) and L ≤ Σ αⱼ·qⱼ(t), and f(u, l) = ((1 − ε)·u + ε·U)/((1 − ε)·l + ε·L): at another place
  /// f(1 − rᵢ, rᵢ·c); at the place of t the larger of f(ρ·rᵢ·c, rᵢ·c) and ρ, between which f(ρ·x, x) lies for all x ≥ rᵢ·c;
  /// and f(p₂, p(t)) for p itself.
  private func productLead(smoothing epsilon: Double) -> Double {
    let ratio = second / first
    var (most, least) = (mainWeight * second, mainWeight * first)
    for opinion in opinions {
      let part = opinion.part ?? 1
      most += opinion.weight * max(1 - opinion.mass + Self.slack, second / first * part)
      least += opinion.weight * min(opinion.mass * part, first)
    }
    func bound(_ other: Double, _ own: Double) -> Double {
      ((1 - epsilon) * other + epsilon * most) / max((1 - epsilon) * own + epsilon * least, 1e-300)
    }
    let own = bound(second, first)
    return opinions.reduce(-mainWeight * ElementaryFunctions.log(own)) { lead, opinion in
      let share = opinion.mass * (opinion.part ?? 1)
      let worst = max(ratio, own, bound(ratio * share, share), bound(1 - opinion.mass + Self.slack, share))
      return lead - opinion.weight * ElementaryFunctions.log(worst)
    }
  }

  /// log of the least that q(t)/q(w) can be, w at another place b.
  ///
  /// q(w) is (p(w)/m[b])·r̄[b], and q(t) is c·r̄[place of t]. (p/m)·((1 − ε)·m + ε·M)^α₀ falls with m where p ≤ m, so that
  /// it is at most ((1 − ε)·p₂ + ε·M)^α₀: of the main model only its second token counts, not the place's sum.
  private func commonProductLead(smoothing epsilon: Double, mass: Double) -> Double {
    var (most, least) = (mainWeight * (1 - mass + Self.slack), mainWeight * mass)
    for opinion in opinions {
      most += opinion.weight * (1 - opinion.mass + Self.slack)
      least += opinion.weight * opinion.mass
    }
    func lead(_ own: Double, over other: Double) -> Double {
      let (best, rest) = ((1 - epsilon) * own + epsilon * least, (1 - epsilon) * other + epsilon * most)
      return ElementaryFunctions.log(max(best, 1e-300) / rest)
    }
    let main = ElementaryFunctions.log(first / max(mass, first)) + mainWeight * lead(mass, over: second)
    return opinions.reduce(main - ElementaryFunctions.log(excess)) {
      $0 + $1.weight * lead($1.mass, over: 1 - $1.mass + Self.slack)
    }
  }
}
