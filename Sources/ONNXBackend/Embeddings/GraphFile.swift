internal import ModelBackends

/// The graph in an ONNX file: the nodes and the constants, without the constants' numbers.
///
/// The branches of an `If` (merged decoders) are read as if they were part of the graph; where names collide, the first
/// branch has priority.
struct GraphFile {
  /// An operation.
  struct Node {
    var operation = ""
    var inputs: [String] = []
    var outputs: [String] = []
    /// Attributes that are integers.
    var integers: [String: Int] = [:]
    /// Attributes that are lists of integers.
    var lists: [String: [Int]] = [:]
  }

  let file: MappedFile
  private(set) var nodes: [Node] = []
  /// The constants, initialisers and `Constant` nodes alike, by name.
  private(set) var constants: [String: StoredTensor] = [:]
  /// The indices in `nodes` of the operations that compute a value, by the value's name.
  private var makers: [String: Int] = [:]
  /// The name inside a branch of each output of an `If`.
  private var aliases: [String: String] = [:]

  /// Reads a file.
  ///
  /// - Throws: ``BackendError`` with the code `missingFile` or `invalidFile`.
  /// - Complexity: O(number of nodes and constants); the constants' numbers are skipped.
  init(path: String) throws {
    file = try MappedFile(path: path)
    var reader = WireReader(file, 0..<file.bytes.count)
    var hasGraph = false
    while let (field, value) = try reader.next() {
      if field == 7, case .bytes(let range) = value {
        hasGraph = true
        _ = try readGraph(range, depth: 0)
      }
    }
    guard hasGraph else {
      throw BackendError(
        .invalidFile, in: path, "has no graph: it is empty, truncated or no ONNX file",
        remedy: "Export or download the model again")
    }
  }

  /// The operation that computes a value.
  func maker(of name: String) -> Node? {
    var name = name
    // A chain of aliases is as long as the nesting of branches is deep.
    for _ in 0...Self.maximumDepth {
      if let index = makers[name] { return nodes[index] }
      guard let inner = aliases[name] else { return nil }
      name = inner
    }
    return nil
  }

  private static let maximumDepth = 16

  /// Reads a graph and the graphs inside it; returns the names of its outputs.
  private mutating func readGraph(_ range: Range<Int>, depth: Int) throws -> [String] {
    var reader = WireReader(file, range)
    guard depth <= Self.maximumDepth else { throw reader.damaged(at: range.lowerBound) }
    var outputs: [String] = []
    while let (field, value) = try reader.next() {
      guard case .bytes(let range) = value else { continue }
      switch field {
      case 1: try readNode(range, depth: depth)
      case 5: add(try StoredTensor(file, range))
      case 12: outputs.append(try readName(range))
      default: break
      }
    }
    return outputs
  }

  private mutating func add(_ tensor: StoredTensor) {
    if constants[tensor.name] == nil { constants[tensor.name] = tensor }
  }

  private func readName(_ range: Range<Int>) throws -> String {
    var reader = WireReader(file, range)
    while let (field, value) = try reader.next() {
      if field == 1, case .bytes(let range) = value { return reader.text(range) }
    }
    return ""
  }

  private mutating func readNode(_ range: Range<Int>, depth: Int) throws {
    var reader = WireReader(file, range)
    var node = Node()
    var constant: StoredTensor?
    var branches: [Range<Int>] = []
    while let (field, value) = try reader.next() {
      guard case .bytes(let range) = value else { continue }
      switch field {
      case 1: node.inputs.append(reader.text(range))
      case 2: node.outputs.append(reader.text(range))
      case 4: node.operation = reader.text(range)
      case 5:
        let attribute = try Attribute(file, range)
        if let integer = attribute.integer { node.integers[attribute.name] = integer }
        if !attribute.list.isEmpty { node.lists[attribute.name] = attribute.list }
        if let tensor = attribute.tensor { constant = tensor }
        branches += attribute.graphs
      default: break
      }
    }
    if node.operation == "Constant", let name = node.outputs.first, var constant {
      constant.name = name
      add(constant)
      return
    }
    for branch in branches {
      let inner = try readGraph(branch, depth: depth + 1)
      guard node.operation == "If" else { continue }
      for (outer, inner) in zip(node.outputs, inner) where aliases[outer] == nil { aliases[outer] = inner }
    }
    if node.operation != "If" {
      for output in node.outputs where makers[output] == nil { makers[output] = nodes.count }
    }
    nodes.append(node)
  }

  /// The content of a node's attribute, as far as the backend needs it.
  private struct Attribute {
    var name = ""
    var integer: Int?
    var list: [Int] = []
    var tensor: StoredTensor?
    var graphs: [Range<Int>] = []

    init(_ file: MappedFile, _ range: Range<Int>) throws {
      var reader = WireReader(file, range)
      while let (field, value) = try reader.next() {
        switch (field, value) {
        case (1, .bytes(let range)): name = reader.text(range)
        case (3, .number(let number)): integer = Int(Int64(bitPattern: number))
        case (5, .bytes(let range)): tensor = try StoredTensor(file, range)
        case (8, .number(let number)): list.append(Int(Int64(bitPattern: number)))
        case (8, .bytes(let range)):
          list += try WireReader.packed(file, range).map { Int(Int64(bitPattern: $0)) }
        case (6, .bytes(let range)), (11, .bytes(let range)): graphs.append(range)
        default: break
        }
      }
    }
  }
}

extension GraphFile {
  /// Checks that the constants' numbers exist where the file says.
  ///
  /// - Throws: ``BackendError`` with the code `missingFile` or `invalidFile` that names the file and the tensor.
  func checkStorage() throws {
    for tensor in constants.values where tensor.type.size != nil {
      switch tensor.storage {
      case .raw, .external: _ = try TensorBytes(tensor, in: file)
      case .packed, .none: break
      }
    }
  }

  /// The names of large matrices that are zeros in a few samples of each: those of a file of which a part was never
  /// written.
  ///
  /// - Throws: The errors of ``checkStorage()``.
  func zeroMatrices() throws -> [String] {
    let (large, samples, length) = (1024, 8, 64)
    // The inputs of an operation after the first two are zero points and biases, which may well be zeros.
    let weights = Set(nodes.flatMap { $0.inputs.prefix(2) })
    var names: [String] = []
    for (name, tensor) in constants where tensor.type.size != nil && tensor.shape.count == 2 && weights.contains(name) {
      switch tensor.storage {
      case .raw, .external: break
      case .packed, .none: continue
      }
      let bytes = try TensorBytes(tensor, in: file)
      guard bytes.byteCount >= large else { continue }
      let isZero = (0..<samples).allSatisfy { sample in
        let start = (bytes.byteCount - length) / (samples - 1) * sample
        var isZero = false
        bytes.withBytes(start..<start + length) { isZero = $0.allSatisfy { $0 == 0 } }
        return isZero
      }
      if isZero { names.append(name) }
    }
    return names.sorted()
  }
}
