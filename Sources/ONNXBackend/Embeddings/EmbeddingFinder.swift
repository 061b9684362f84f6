internal import ModelBackends

/// Finds the tables of token vectors among a graph's constants.
struct EmbeddingFinder {
  let graph: GraphFile
  /// The name of the input that takes token ids.
  let tokenInput: String
  /// The name of the output that gives logits.
  let logits: String
  /// The number of logits: a table has at least as many rows.
  let vocabularySize: Int

  /// The input embeddings: the table that a `Gather` indexes with the token ids.
  ///
  /// - Throws: ``BackendError`` with the code `noEmbeddings` where there is no such table or more than one, or the
  ///   errors of reading the table's description.
  func inputTable() throws -> any EmbeddingTable {
    var ids: Set<String> = [tokenInput]
    var found: [String: any EmbeddingTable] = [:]
    for node in graph.nodes {
      if Self.idPassing.contains(node.operation), let input = node.inputs.first, ids.contains(input) {
        ids.formUnion(node.outputs)
      }
      guard node.operation.hasPrefix("Gather"), node.inputs.count > 1, ids.contains(node.inputs[1]) else { continue }
      if node.operation == "GatherBlockQuantized" {
        found[node.inputs[0]] = try gatheredBlocks(node)
        continue
      }
      guard node.operation == "Gather" else { throw unreadable(node.operation, .input) }
      guard var source = try source(of: node.inputs[0], tokenAxis: 0) else { continue }
      if source.quantization == nil, let output = node.outputs.first,
        let dequantizer = graph.nodes.first(where: { $0.operation == "DequantizeLinear" && $0.inputs.first == output })
      {
        source.quantization = try quantization(of: dequantizer, tokenAxis: 0, isGathered: true)
      }
      found[source.tensor.name] = try table(source)
    }
    return try single(found, .input, none: "no Gather reads a table of \(vocabularySize) rows with \(tokenInput)")
  }

  /// The output embeddings: the weights of the last product before the logits.
  ///
  /// - Throws: ``BackendError`` with the code `noEmbeddings` where there is no such table or more than one, or the
  ///   errors of reading the table's description.
  func outputTable() throws -> any EmbeddingTable {
    var pending = [logits]
    var visited: Set<String> = []
    var products: [GraphFile.Node] = []
    while let name = pending.popLast() {
      guard visited.insert(name).inserted, let node = graph.maker(of: name) else { continue }
      switch node.operation {
      case "MatMul", "FusedMatMul", "Gemm", "MatMulInteger", "MatMulNBits": products.append(node)
      case "MatMulBnb4", "DynamicQuantizeMatMul", "MatMulIntegerToFloat", "QLinearMatMul":
        throw unreadable(node.operation, .output)
      case "Gather", "Slice", "Reshape", "Squeeze", "Unsqueeze", "Cast", "Identity", "Tanh", "Clip":
        pending += node.inputs.prefix(1)
      case "Add", "Sub", "Mul", "Div", "Where": pending += node.inputs.filter { graph.constants[$0] == nil }
      default: break
      }
    }
    var found: [String: any EmbeddingTable] = [:]
    for node in products where node.inputs.count > 1 {
      if node.operation == "MatMulNBits" {
        found[node.inputs[1]] = try multipliedBlocks(node)
        continue
      }
      let axis = node.integers["transB"] == 1 ? 0 : 1
      guard var source = try source(of: node.inputs[1], tokenAxis: axis) else { continue }
      if node.operation == "MatMulInteger" {
        source.quantization = try weightQuantization(of: node, visited: visited)
      }
      found[source.tensor.name] = try table(source)
    }
    return try single(found, .output, none: "no product with \(vocabularySize) columns of weights leads to \(logits)")
  }

  /// The table of a given name.
  ///
  /// - Throws: ``BackendError`` with the code `noEmbeddings` where there is no such constant or it is not a table.
  func table(named name: String) throws -> StoredTable {
    guard let tensor = graph.constants[name] else {
      throw BackendError(
        .noEmbeddings, in: graph.file.path, "has no constant named \(name)",
        remedy: "Choose one of its tables: \(tables.joined(separator: ", "))")
    }
    guard tensor.shape.count == 2, let axis = tensor.shape.firstIndex(where: { $0 >= vocabularySize }) else {
      throw BackendError(
        .noEmbeddings, in: graph.file.path,
        "\(name) has shape \(tensor.shape), where [\(vocabularySize) × dimension] or its transpose was expected",
        remedy: "Choose one of its tables: \(tables.joined(separator: ", "))")
    }
    var source = Source(tensor: tensor, tokenAxis: axis)
    let gathered = Set(graph.nodes.filter { $0.operation == "Gather" && $0.inputs.first == name }.flatMap(\.outputs))
    if let node = graph.nodes.first(where: { node in
      node.operation == "DequantizeLinear" && node.inputs.first.map { $0 == name || gathered.contains($0) } == true
    }) {
      let isGathered = node.inputs.first != name
      source.quantization = try quantization(of: node, tokenAxis: isGathered ? 0 : axis, isGathered: isGathered)
    }
    return try table(source)
  }

  /// Operations that pass token ids on unchanged.
  private static let idPassing: Set<String> = [
    "Cast", "Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Clip", "Slice",
  ]

  /// The constants that could be tables.
  private var tables: [String] {
    graph.constants.values
      .filter { $0.shape.count == 2 && ($0.shape.max() ?? 0) >= vocabularySize }
      .map { "\($0.name) \($0.shape)" }.sorted()
  }

  private func single(
    _ found: [String: any EmbeddingTable], _ side: EmbeddingSide, none reason: String
  ) throws -> any EmbeddingTable {
    if found.count == 1, let table = found.values.first { return table }
    let problem =
      found.isEmpty
      ? "its \(side.rawValue) embeddings cannot be identified: \(reason)"
      : "has \(found.count) tables that could be its \(side.rawValue) embeddings"
    let choice = (found.isEmpty ? tables : found.keys.sorted()).joined(separator: ", ")
    throw BackendError(
      .noEmbeddings, in: graph.file.path, problem,
      remedy: choice.isEmpty
        ? "Give the member an embedding table of its own"
        : "Name the table in the options (\(side.rawValue)Embeddings); candidates: \(choice)")
  }

  private func unreadable(_ operation: String, _ side: EmbeddingSide) -> BackendError {
    BackendError(
      .noEmbeddings, in: graph.file.path, "packs its \(side.rawValue) embeddings for \(operation)",
      remedy: "Give the member the embeddings of another of the model's files, such as the float16 one")
  }
}

// MARK: - From a value back to a constant

extension EmbeddingFinder {
  /// A constant, and the operations that the graph applies to it before it is used.
  private struct Source {
    var tensor: StoredTensor
    /// The axis of tokens, 0 or 1.
    var tokenAxis: Int
    var quantization: StoredTable.Quantization?
  }

  /// The constant behind a value, through operations that preserve its numbers.
  ///
  /// - Returns: `nil` where the value is computed, or does not have a row (or column) for every logit.
  private func source(of name: String, tokenAxis: Int) throws -> Source? {
    var name = name
    var axis = tokenAxis
    var dequantizer: (node: GraphFile.Node, tokenAxis: Int)?
    // In a valid graph every step leads to an earlier node; a damaged one could have a cycle.
    for _ in 0...graph.nodes.count {
      if let tensor = graph.constants[name] {
        guard tensor.shape.count == 2, tensor.shape[axis] >= vocabularySize, tensor.shape[1 - axis] > 0
        else { return nil }
        let quantization = try dequantizer.map {
          try self.quantization(of: $0.node, tokenAxis: $0.tokenAxis, isGathered: false)
        }
        return Source(tensor: tensor, tokenAxis: axis, quantization: quantization)
      }
      guard let node = graph.maker(of: name), let input = node.inputs.first else { return nil }
      switch node.operation {
      case "Cast", "Identity": break
      case "Transpose":
        if node.lists["perm"] ?? [1, 0] == [1, 0] { axis = 1 - axis }
      case "DequantizeLinear": dequantizer = (node, axis)
      default: return nil
      }
      name = input
    }
    return nil
  }

  private func table(_ source: Source) throws -> StoredTable {
    let bytes = try TensorBytes(source.tensor, in: graph.file)
    if bytes.type.size == nil || !bytes.type.isReal && source.quantization == nil {
      throw BackendError(
        .noEmbeddings, in: graph.file.path, "tensor \(bytes.name) holds \(bytes.type) without scales",
        remedy: "Give the member the embeddings of another of the model's files, such as the float16 one")
    }
    if let quantization = source.quantization {
      let wanted =
        switch quantization.grain {
        case .table: 1
        case .token: bytes.shape[source.tokenAxis]
        case .dimension: bytes.shape[1 - source.tokenAxis]
        }
      let counts = [quantization.scales.count, quantization.zeroPoints.count]
      guard counts[0] == wanted, counts[1] == wanted || counts[1] <= 1 else {
        throw BackendError(
          .invalidFile, in: graph.file.path,
          "tensor \(bytes.name) has \(counts[0]) scales and \(counts[1]) zero points, where \(wanted) were expected",
          remedy: "Export or download the model again")
      }
    }
    return StoredTable(bytes, tokenAxis: source.tokenAxis, quantization: source.quantization)
  }
}

// MARK: - Scales

extension EmbeddingFinder {
  /// The scales of a `DequantizeLinear`.
  ///
  /// - Parameters:
  ///   - node: The operation.
  ///   - tokenAxis: The axis of tokens in its input, in a table of two axes.
  ///   - isGathered: Whether it comes after the `Gather`: then only the last axis can have scales of its own.
  private func quantization(
    of node: GraphFile.Node, tokenAxis: Int, isGathered: Bool
  ) throws -> StoredTable.Quantization {
    guard node.inputs.count > 1, let scale = graph.constants[node.inputs[1]], node.integers["block_size"] ?? 0 == 0
    else {
      throw unreadable("DequantizeLinear with computed or blocked scales", .input)
    }
    let zeroPoint = node.inputs.count > 2 ? graph.constants[node.inputs[2]] : nil
    let grain: StoredTable.Quantization.Grain
    if scale.count == 1 {
      grain = .table
    } else if isGathered {
      grain = .dimension
    } else {
      let axis = node.integers["axis"] ?? 1
      grain = (axis < 0 ? axis + 2 : axis) == tokenAxis ? .token : .dimension
    }
    return StoredTable.Quantization(
      grain: grain, scales: try scale.numbers(in: graph.file),
      zeroPoints: try zeroPoint?.numbers(in: graph.file) ?? [])
  }

  /// The scales of a `MatMulInteger`'s weights: the constant that multiplies the scale of its activations.
  private func weightQuantization(
    of node: GraphFile.Node, visited: Set<String>
  ) throws -> StoredTable.Quantization {
    let activations = graph.maker(of: node.inputs[0])
    let activationScale = activations.flatMap { $0.outputs.count > 1 ? $0.outputs[1] : nil }
    let scale = graph.nodes.lazy
      .filter { $0.operation == "Mul" && !visited.isDisjoint(with: $0.outputs) }
      .filter { node in activationScale.map { node.inputs.contains($0) } ?? false }
      .compactMap { $0.inputs.compactMap { graph.constants[$0] }.first }
      .first
    guard let scale else { throw unreadable("MatMulInteger without a constant scale", .output) }
    let zeroPoint = node.inputs.count > 3 ? graph.constants[node.inputs[3]] : nil
    return StoredTable.Quantization(
      grain: scale.count == 1 ? .table : .token, scales: try scale.numbers(in: graph.file),
      zeroPoints: try zeroPoint?.numbers(in: graph.file) ?? [])
  }
}

// MARK: - Blocks

extension EmbeddingFinder {
  /// The sizes that a valid file may have.
  private static let sizes = 1...1 << 28

  /// The table that a `GatherBlockQuantized` reads: `[count × dimension]`, blocks along the rows.
  private func gatheredBlocks(_ node: GraphFile.Node) throws -> BlockTable {
    let bits = node.integers["bits"] ?? 4
    let parts = try blockParts(node, .input, numbers: 0, scales: 2, zeroPoints: 3)
    let isPacked = parts.numbers.type == .uint8
    guard parts.numbers.shape.count == 2, parts.numbers.shape.allSatisfy({ Self.sizes.contains($0) }),
      node.integers["gather_axis"] ?? 0 == 0,
      [1, -1].contains(node.integers["quantize_axis"] ?? 1), isPacked || bits == 4
    else { throw unreadable(node.operation, .input) }
    return try BlockTable(
      count: parts.numbers.shape[0], dimension: parts.numbers.shape[1] * (isPacked ? 8 / bits : 1), bits: bits,
      blockSize: node.integers["block_size"] ?? 128, isSigned: parts.numbers.type == .int4,
      zeroPoint: isPacked ? Float(1 << (bits - 1)) : 0, numbers: parts.numbers, scales: parts.scales,
      zeroPoints: parts.zeroPoints, file: graph.file.path)
  }

  /// The weights of a `MatMulNBits`: `[N × K]`, blocks along K.
  private func multipliedBlocks(_ node: GraphFile.Node) throws -> BlockTable {
    let bits = node.integers["bits"] ?? 4
    let parts = try blockParts(node, .output, numbers: 1, scales: 2, zeroPoints: 3)
    guard let count = node.integers["N"], let dimension = node.integers["K"],
      let blockSize = node.integers["block_size"], parts.numbers.type == .uint8
    else {
      throw unreadable(node.operation, .output)
    }
    return try BlockTable(
      count: count, dimension: dimension, bits: bits, blockSize: blockSize, isSigned: false,
      zeroPoint: Float(1 << (bits - 1)), numbers: parts.numbers, scales: parts.scales, zeroPoints: parts.zeroPoints,
      file: graph.file.path)
  }

  private func blockParts(
    _ node: GraphFile.Node, _ side: EmbeddingSide, numbers: Int, scales: Int, zeroPoints: Int
  ) throws -> (numbers: TensorBytes, scales: TensorBytes, zeroPoints: TensorBytes?) {
    func part(_ index: Int) throws -> TensorBytes? {
      guard node.inputs.count > index, let tensor = graph.constants[node.inputs[index]] else { return nil }
      return try TensorBytes(tensor, in: graph.file)
    }
    // Columns may be reordered by a fifth input; sizes beyond these limits are damage.
    let isReordered = node.inputs.count > 4 && !node.inputs[4].isEmpty
    let sizes = [node.integers["N"] ?? 1, node.integers["K"] ?? 1, node.integers["block_size"] ?? 128]
    guard let packed = try part(numbers), let scale = try part(scales), !isReordered,
      [4, 8].contains(node.integers["bits"] ?? 4), sizes.allSatisfy({ Self.sizes.contains($0) })
    else { throw unreadable(node.operation, side) }
    let zero = try part(zeroPoints)
    if let zero, zero.type.isReal { throw unreadable("\(node.operation) with real zero points", side) }
    return (packed, scale, zero)
  }
}
