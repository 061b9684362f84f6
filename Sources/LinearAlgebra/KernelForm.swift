internal import CBLASShim

/// A form of the kernels, by the processor features it requires. The last one that the processor supports is run.
package enum KernelForm: Int32, Sendable, CaseIterable {
  /// The features of every processor of the architecture.
  case baseline
  /// On x86-64, AVX2 with fused multiply-add.
  case wide
  /// Dot products of bytes: AVX512-VNNI on x86-64, DotProd on arm64.
  case dots
  /// On x86-64, AVX-512.
  case widest

  /// Calls a function whose kernels use no later form than the given one, as far as they run on the calling thread:
  /// tests compare the forms.
  package static func upTo<Result>(_ form: KernelForm, _ body: () throws -> Result) rethrows -> Result {
    let before = deepen_limit_kernel_form(form.rawValue)
    defer { _ = deepen_limit_kernel_form(before) }
    return try body()
  }

  /// The form that the calling thread's kernels use.
  package static var current: KernelForm {
    guard let form = KernelForm(rawValue: deepen_kernel_form()) else {
      preconditionFailure("Every form of the kernels has a name.")
    }
    return form
  }
}
