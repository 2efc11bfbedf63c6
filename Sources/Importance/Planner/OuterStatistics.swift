import Engine
import NN

/// Reductions over samples and positions of what a weight's output and its input come to together, as `mean(a * z)`: the
/// sums of such products are one matrix product for each block.
struct OuterStatistics {
  let request: Scoring
  let formula: Formula, reducer: FormulaReducer, parts: Separation

  /// One number for each element of each parameter, the factor of the weight left out.
  /// - Throws: `noUnits` for a parameter of another layer than a linear one or a convolution.
  func values() throws -> [Tensor] {
    let owners = ParameterOwners(request.model)
    let layers = try request.parameters.map { name, parameter in
      guard let layer = owners.layer(of: parameter) else { throw ScoringError.notOfLinear(formula.description, name) }
      return layer
    }
    guard try parts.input.isZeroAtZero() || layers.allSatisfy({ $0.module is Linear }) else { throw FormulaError.notSeparable(formula.description, tag: formula.tag) }
    var modules: [(name: String, module: Module)] = []
    for (layer, parameter) in zip(layers, request.parameters) where !modules.contains(where: { $0.module === layer.module }) { modules.append((parameter.name, layer.module)) }
    var own = try Scoring(.binary(.multiply, parts.output, parts.input), of: request.model, .modules(modules), on: request.x, request.y, for: request.objective, in: request.run)
    // Patches of a convolution, in float64 beside what is given.
    own.memory = request.memory / 12
    let samples = try SampleScoring(own)
    var sums: [Tensor?] = Array(repeating: nil, count: layers.count), counts = layers.map { _ in 0 }
    try samples.eachBatch { point in
      for (i, layer) in layers.enumerated() {
        guard let place = modules.firstIndex(where: { $0.module === layer.module }) else { continue }
        let d = try layer.rows(ofOutput: samples.samples(parts.output, at: point, place)), a = try layer.rows(of: samples.samples(parts.input, at: point, place))
        try Recording.with(.none) {
          let (sum, count) = try sum(d, a, layer, request.parameters[i].parameter)
          sums[i] = try sums[i].map { try $0 + sum } ?? sum
          counts[i] += count
        }
      }
    }
    return try Recording.with(.none) {
      try zip(request.parameters, zip(sums, counts)).map { parameter, found in
        let value = parameter.parameter.value, sum = try found.0 ?? Tensor.zeros(value.shape, .float64)
        return try (reducer == .mean ? sum / Double(max(1, found.1)) : reducer == .norm ? sum.sqrt() : sum).to(value.dtype)
      }
    }
  }

  /// - Shape: `d [n, groups, positions, outputs]` and `a [n, groups, positions, inputs]` to that of the parameter, in float64.
  private func sum(_ d: Tensor, _ a: Tensor, _ layer: CurvatureLayer, _ parameter: NN.Parameter) throws -> (Tensor, count: Int) {
    func rows(_ t: Tensor) throws(TensorError) -> Tensor {
      let flat = try t.to(.float64).transpose(0, 1).reshape([t.shape[1], t.shape[0] * t.shape[2], t.shape[3]])
      return reducer == .norm ? try flat.square() : flat
    }
    let (d, a) = (try rows(d), try rows(a)), shape = parameter.value.shape
    // A bias is the weight of an input that is always 1.
    guard parameter === layer.weight else { return (try d.sum([1]).reshape(shape), d.shape[1]) }
    return (try d.transpose(1, 2).matmul(a).reshape(shape), d.shape[1])
  }
}

extension Formula {
  /// Whether a formula over units is 0 where all of them are, as the margin of a convolution is.
  fileprivate func isZeroAtZero() throws -> Bool {
    let zeros = Dictionary(uniqueKeysWithValues: try FormulaSymbol.allCases.map { ($0, try Tensor.zeros([1], .float64)) })
    return try samplesLeaves.isEmpty && tensor(Bindings(zeros, .float64)).item() == 0
  }
}
