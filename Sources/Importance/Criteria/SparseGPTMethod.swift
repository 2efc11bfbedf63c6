import Builtins
import Engine
import NN

extension CriterionMethod {
  static let sparsegpt = CriterionMethod(
    builtin: Builtin(
      "sparsegpt", "How much the outputs of the layer move, squared, when the weight is removed and the others of its row are set right for it.",
      .option("damping", 0.01, in: 1e-8...1e6, "What is added to the diagonal of H, as a share of its mean."),
      formula: "w_ij² / [H⁻¹]_jj, H the mean of x xᵀ over what the rows of the layer meet, with damping on its diagonal; of a bias x is 1",
      source: Source("Frantar and Alistarh 2023, every weight as if it went first", arXiv: "2301.00774"), run: reconstructed),
    needs: .inputs, cost: "one forward pass, and the inverse of a matrix of inputs by inputs for each layer", isInvariantToRescaling: false,
    misleads: "It asks what the layer puts out, not what the network makes of it: layers do not compare. The paper goes column by column and counts on the columns to come alone.")
}

private func reconstructed(_ run: MethodRun, damping: Double) throws -> MethodScores {
  let owners = ParameterOwners(run.request.model)
  let owned = try run.request.parameters.map { name, parameter in
    guard let layer = owners.layer(of: parameter) else { throw ScoringError.notOfLinear("sparsegpt", name) }
    return layer
  }
  var layers: [CurvatureLayer] = []
  for (layer, value) in zip(owned, run.request.parameters) where layer.weight === value.parameter && !layers.contains(where: { $0.weight === layer.weight }) {
    layers.append(layer)
  }
  let groups = try InputProducts.groups(layers, run)
  let inverses = try run.resuming(groups.count, from: [ObjectIdentifier: Tensor]()) { [layers] inverses, i in
    let products = try InputProducts(run, Array(layers[groups[i]]), Share(from: Double(i), of: Double(groups.count)))
    for (layer, inverse) in zip(layers[groups[i]], try products.inverseDiagonals(damping)) { inverses[ObjectIdentifier(layer.weight)] = inverse }
  }
  return try Recording.with(.none) {
    MethodScores(tensors: try zip(owned, run.values).map { layer, value in
      let squares = try value.detached().to(.float64).square()
      // A bias is the weight of an input that is always 1.
      guard let inverse = inverses[ObjectIdentifier(layer.weight)], value === layer.weight.value else { return try (squares * (1 + damping)).to(value.dtype) }
      return try (squares.reshape([layer.groups, layer.outputs, layer.inputs]) / inverse.unsqueeze(1)).reshape(value.shape).to(value.dtype)
    })
  }
}

/// The mean of `x xᵀ` over all samples and positions that some layers meet.
struct InputProducts {
  private let layers: [CurvatureLayer]
  /// By layer `[groups, inputs, inputs]`, in float64.
  private var sums: [Tensor]
  /// By layer the samples and positions.
  private var counts: [Int]

  /// Of a layer's matrices, and of the inverse of one.
  private static func bytes(_ layer: CurvatureLayer) -> (sums: Double, inverse: Double) {
    let square = 8 * Double(layer.inputs) * Double(layer.inputs)
    return (square * Double(layer.groups), 6 * square)
  }

  /// What the matrices of the layers take that are worked on together, with the largest inverse.
  static func bytes(_ layers: [CurvatureLayer], _ memory: Double) -> Double {
    let all = layers.map(bytes), sums = all.reduce(0) { $0 + $1.sums }
    return min(sums, max(memory / 4, all.map(\.sums).max() ?? 0)) + (all.map(\.inverse).max() ?? 0)
  }

  /// Layers that follow one another and together take a quarter of the memory, or one alone that takes more.
  /// - Throws: `matrixTooLarge` for a layer whose matrix and its inverse have no room.
  static func groups(_ layers: [CurvatureLayer], _ run: MethodRun) throws -> [Range<Int>] {
    let memory = run.request.memory
    var groups: [Range<Int>] = [], sum = 0.0
    for (i, layer) in layers.enumerated() {
      let own = bytes(layer), least = own.sums + own.inverse
      guard least <= memory else {
        let name = run.request.parameters.first { $0.parameter === layer.weight }?.name ?? "a layer"
        throw ScoringError.matrixTooLarge("sparsegpt", "the \(layer.inputs) inputs of `\(name)`", bytes: least, limit: memory, other: "wanda")
      }
      if let last = groups.last, sum + own.sums <= memory / 4 {
        groups[groups.count - 1] = last.lowerBound..<(i + 1)
        sum += own.sums
      } else {
        groups.append(i..<(i + 1))
        sum = own.sums
      }
    }
    return groups
  }

  init(_ run: MethodRun, _ layers: [CurvatureLayer], _ share: Share) throws {
    self.layers = layers
    let empty = (try layers.map { try Tensor.zeros([$0.groups, $0.inputs, $0.inputs], .float64) }, layers.map { _ in 0 })
    (sums, counts) = empty
    let request = run.request, first = layers.first.map { ObjectIdentifier($0.weight) }
    // The patches of a convolution are several times what it is given, and are held in float64.
    let blocks = try run.blocks(24), place = request.parameters.firstIndex { ObjectIdentifier($0.parameter) == first } ?? 0
    (sums, counts) = try run.resuming(blocks.count, from: empty, of: "from \(place)") { [self] state, block in
      let rows = blocks[block]
      var next = self
      (next.sums, next.counts) = state
      try Recording.with(.none) {
        let trace = UnitTrace(layers.map { ($0.module.typeName, $0.module) }, in: request.run)
        _ = try trace.run(request.model, request.samples(rows).x)
        for (i, call) in try trace.calls().enumerated() { try next.add(i, call.input) }
      }
      state = (next.sums, next.counts)
      run.report(share.at(Double(rows.upperBound) / Double(request.sampleCount)))
    }
  }

  private mutating func add(_ i: Int, _ input: Tensor) throws {
    let rows = try layers[i].rows(of: input.detached()).to(.float64), (n, positions) = (rows.shape[0], rows.shape[2])
    let x = try rows.transpose(0, 1).reshape([layers[i].groups, n * positions, layers[i].inputs])
    sums[i] = try sums[i] + x.transpose(1, 2).matmul(x)
    counts[i] += n * positions
  }

  /// The diagonals of the inverses with `damping` times the mean of the diagonal added to it: infinite where nothing but 0
  /// was met.
  /// - Shape: by layer `[groups, inputs]`.
  /// - Throws: `outOfRange` where what was met is not finite.
  func inverseDiagonals(_ damping: Double) throws -> [Tensor] {
    try Recording.with(.none) {
      try zip(layers, zip(sums, counts)).map { layer, sum in
        let size = layer.inputs, eye = try Tensor.eye(size, size, .float64)
        return try Tensor.stack(
          (0..<layer.groups).map { group in
            guard !Interrupt.isSet else { throw TensorError.interrupted }
            let matrix = try sum.0.select(0, group) / Double(max(1, sum.1))
            let middle = try (matrix * eye).sum().item() / Double(max(1, size))
            guard middle.isFinite else { throw ScoringError.outOfRange("sparsegpt", layer.weight.value.dtype) }
            return middle > 0 ? try (matrix + eye * (damping * middle)).inverseDiagonal() : try Tensor.full([size], Double.infinity, .float64)
          }, 0)
      }
    }
  }
}
