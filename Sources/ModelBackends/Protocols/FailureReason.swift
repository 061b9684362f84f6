internal import Foundation

extension Error {
  /// A human-readable reason why a file could not be read, decoded or written: Foundation's own texts are for
  /// programmers.
  package var reason: String {
    if let error = self as? DecodingError { return error.explanation }
    if let error = self as? any CustomStringConvertible & LocalizedError { return error.description }
    let error = self as NSError
    let cause = (error.userInfo[NSUnderlyingErrorKey] as? any Error).map { $0 as NSError } ?? error
    if cause.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(cause.code))) }
    switch CocoaError.Code(rawValue: error.code) {
    case .fileNoSuchFile, .fileReadNoSuchFile: return "there is no such file or folder"
    case .fileReadNoPermission, .fileWriteNoPermission: return "permission is denied"
    case .fileWriteFileExists: return "a file of that name exists"
    case .fileWriteOutOfSpace: return "the disk is full"
    case .fileWriteVolumeReadOnly: return "the disk may only be read"
    case .fileReadInapplicableStringEncoding, .fileReadCorruptFile: return "it is not text in UTF-8"
    default: return localizedDescription
    }
  }
}

extension DecodingError {
  fileprivate var explanation: String {
    func path(_ context: Context, _ last: [any CodingKey] = []) -> String {
      let keys = (context.codingPath + last).map { key in key.intValue.map { "\($0)" } ?? key.stringValue }
      return keys.isEmpty ? "the whole" : keys.joined(separator: ".")
    }
    switch self {
    case .dataCorrupted(let context) where context.codingPath.isEmpty: return "it is not JSON, or is cut off"
    case .dataCorrupted(let context): return "\(path(context)) cannot be read"
    case .keyNotFound(let key, let context): return "\(path(context, [key])) is missing"
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      return "\(path(context)) is not \(Self.name(of: type))"
    @unknown default: return localizedDescription
    }
  }

  private static func name(of type: Any.Type) -> String {
    switch type {
    case is String.Type: "text"
    case is any BinaryInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    case is Bool.Type: "true or false"
    case is [Any].Type: "a list"
    default: "what it should be"
    }
  }
}
