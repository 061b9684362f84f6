import ModelBackends

extension GGUFBackend {
  /// The settings with which llama.cpp runs a model.
  ///
  /// The defaults are chosen for exactness: keys and values in single precision and plain attention, with which logits
  /// agree with a reference implementation to 1e-5. Flash attention changes logits by about a thousandth of their
  /// spread and saves time and memory; a cache of a smaller type saves memory and costs more exactness.
  public struct Options: Sendable, Hashable {
    /// The type of cached keys and values.
    public enum CacheType: String, Sendable, Hashable, CaseIterable {
      /// Single precision.
      case float32 = "f32"
      /// Half precision.
      case float16 = "f16"
      /// Half precision with the exponent of single precision.
      case bfloat16 = "bf16"
      /// Blocks of 32 integers of 8 bits; needs flash attention.
      case q8 = "q8_0"
      /// Blocks of 32 integers of 4 bits; needs flash attention.
      case q4 = "q4_0"
    }

    /// The number of threads that a session computes with; `nil` for half of the cores, because the members of an
    /// ensemble run at the same time. `CorePlan` divides the cores among any number of members.
    public var threads: Int?
    /// The maximum number of tokens in a session; `nil` for the length that the model was trained with, at most 4,096.
    /// A session reserves memory for all of them. A model that has learnt a vector for each position can hold no more
    /// than these; others can, and answer less well there.
    public var contextLength: Int?
    /// The number of tokens that are evaluated at once while a prompt is read.
    ///
    /// Batches end at multiples of this number, whatever a session has read before, so that the same prompt gives the
    /// same answer; a new prompt that shares a prefix with the previous one is read again from the last multiple within
    /// it. On a processor 64 are as fast as more; on a GPU 512 are faster. Another number changes the rounding.
    public var batchSize: Int
    /// The number of layers to keep on a GPU; `nil` for all of them. Has no effect where llama.cpp was built without a
    /// GPU.
    public var gpuLayers: Int?
    /// The type of cached keys and values.
    public var cacheType: CacheType
    /// Whether attention is computed in the faster, less exact way.
    public var usesFlashAttention: Bool

    /// Creates options; the defaults are exact and need no GPU.
    public init(
      threads: Int? = nil, contextLength: Int? = nil, batchSize: Int = 64, gpuLayers: Int? = 0,
      cacheType: CacheType = .float32, usesFlashAttention: Bool = false
    ) {
      self.threads = threads
      self.contextLength = contextLength
      self.batchSize = batchSize
      self.gpuLayers = gpuLayers
      self.cacheType = cacheType
      self.usesFlashAttention = usesFlashAttention
    }
  }
}

extension GGUFBackend.Options {
  /// Throws where a value cannot be used with any model.
  func validate() throws {
    try check(threads, named: "threads", in: 1...1024)
    try check(contextLength, named: "contextLength", in: 1...Int(Int32.max))
    try check(batchSize, named: "batchSize", in: 1...65536)
    try check(gpuLayers, named: "gpuLayers", in: 0...Int(Int32.max))
  }

  private func check(_ value: Int?, named name: String, in range: ClosedRange<Int>) throws {
    guard let value, !range.contains(value) else { return }
    throw BackendError(
      .invalidArgument, in: "GGUFBackend.Options.\(name)", "\(value) is not in \(range)",
      remedy: "Choose a value in the range."
    )
  }
}
