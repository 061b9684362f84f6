extension Diagnosis.Finding: Encodable where Value: Encodable {
  private enum Keys: String, CodingKey { case value, unknown }

  /// Encodes an object with the `value`, or with the reason why it is `unknown`.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    switch self {
    case .known(let value): try container.encode(value, forKey: .value)
    case .unknown(let reason): try container.encode(reason, forKey: .unknown)
    }
  }
}
