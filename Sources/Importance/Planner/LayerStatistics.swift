import Engine
import NN

/// Reductions of what goes into or comes out of layers, beside the weights that they meet: `norm(z)` in `|w| * norm(z)`.
///
/// A reducer is then over the samples and over the positions at which a layer works: a column of a weight has one input,
/// and an element of a filter what stands under it at each of them, the margin too.
struct LayerStatistics {
  private let request: Scoring
  private let formulas: [Formula]

  /// Nil where the formula has none.
  init?(_ request: Scoring) {
    formulas = request.formula.reductions.filter { $0.side != nil }
    guard !formulas.isEmpty else { return nil }
    self.request = request
  }

  /// The reductions for each parameter of a request, in shapes that broadcast to it.
  func reductions() throws -> [[Formula: Tensor]] {
    var owners: [(name: String, module: Module)] = []
    let places = try request.parameters.map { name, parameter -> Int in
      guard let owner = request.model.namedModules.first(where: { $0.module.owns(parameter) }) else { throw ScoringError.notInModel(name, nearest: nil) }
      if let there = owners.firstIndex(where: { $0.module === owner.module }) { return there }
      owners.append(owner)
      return owners.count - 1
    }
    var out: [[Formula: Tensor]] = Array(repeating: [:], count: places.count)
    for formula in formulas {
      guard case .reduced(let reducer, let inner) = formula.kind, let apart = Separation(inner), let factor = apart.factor(reducer) else {
        throw FormulaError.notSeparable(formula.description, tag: formula.tag)
      }
      if apart.isOuter {
        for (i, value) in try OuterStatistics(request: request, formula: formula, reducer: reducer, parts: apart).values().enumerated() {
          out[i][formula] = try weighed(value, factor, request.parameters[i].parameter)
        }
        continue
      }
      let rows = try statistics(Formula(.reduced(reducer, apart.unit), tag: formula.tag), owners)
      for (i, place) in places.enumerated() {
        let (name, parameter) = request.parameters[i]
        let isInput = formula.side == .z, owner = owners[place].module
        guard owner.meets(parameter, isInput), let aligned = try rows[place].aligned(with: parameter, isInput: isInput, of: owner) else {
          throw ScoringError.noUnits(formula.description, name, units: rows[place].values.count, shape: parameter.value.shape)
        }
        out[i][formula] = try weighed(aligned, factor, parameter)
      }
    }
    return out
  }

  /// What the samples came to, times what the weight has to do with it.
  private func weighed(_ value: Tensor, _ factor: Formula, _ parameter: NN.Parameter) throws -> Tensor {
    guard factor.constant != 1 else { return value }
    let w = parameter.value.detached()
    return try Recording.with(.none) { try factor.tensor(Bindings(w: w, g: nil, w0: parameter.origin ?? w)) * value }
  }

  /// One number for each unit of each module, and the number for a unit that is always 1, as a bias has it.
  private func statistics(_ formula: Formula, _ owners: [(name: String, module: Module)]) throws -> [UnitStatistics] {
    guard case .reduced(let reducer, let inner) = formula.kind else { throw ScoringError.unplanned("\(formula)") }
    var part = try Scoring(inner, of: request.model, .modules(owners), on: request.x, request.y, for: request.objective, in: request.run)
    part.memory = request.memory
    let samples = try SampleScoring(part)
    var running = owners.map { _ in RunningReduction(reducer) }, ones = running
    try samples.eachBatch { point in
      for (i, owner) in owners.enumerated() {
        let values = try samples.samples(inner, at: point, i)
        try Recording.with(.none) {
          let one = try Self.ofConstant(inner, 1, values.dtype)
          try eachRows(of: values, owner.module, formula) { rows in
            try running[i].add(rows)
            try ones[i].add(one.reshape([1, 1]).expand([rows.shape[0], 1]))
          }
        }
      }
    }
    return try Recording.with(.none) {
      try zip(running, ones).map { running, ones in
        let dtype = running.dtype ?? .float32
        return UnitStatistics(values: try running.result(dtype) ?? Tensor.zeros([0], dtype), one: try ones.result(dtype) ?? Tensor.zeros([1], dtype))
      }
    }
  }
}

extension LayerStatistics {
  /// Numbers of the windows of a convolution that are laid out at a time.
  private static let windows = 1 << 22

  /// The values of a formula over units as rows, one for each position of each sample, in which each unit has a column; on the
  /// side that a convolution's filters meet, each element of a filter has one.
  private func eachRows(of values: Tensor, _ module: Module, _ formula: Formula, _ body: (Tensor) throws -> Void) throws {
    guard formula.side == .z, let layer = module as? Convolution, case .reduced(_, let inner) = formula.kind else { return try body(values.unitsLast(of: module)) }
    // The margin is 0, and what the formula comes to there need not be: it may be infinite.
    let margin = try Self.ofConstant(inner, 0, values.dtype)
    let inside = try margin.item() == 0 ? nil : layer.patches(Tensor.ones([1] + values.shape.dropFirst(), values.dtype)).gt(Tensor.number(0))
    let n = values.shape[0], window = layer.weight.value.shape.dropFirst(2).reduce(1, *)
    let step = max(1, min(n, Self.windows / max(1, values.count / max(1, n) * window)))
    for start in stride(from: 0, to: n, by: step) {
      let windows = try layer.patches(values.narrow(0, start, min(step, n - start))), shape = windows.shape
      try body((inside?.selecting(windows, margin) ?? windows).transpose(1, 2).reshape([shape[0] * shape[2], shape[1] * shape[3]]))
    }
  }

  /// What a formula comes to where all symbols are one number and nothing moves.
  private static func ofConstant(_ formula: Formula, _ value: Double, _ dtype: DType) throws -> Tensor {
    var bindings = Bindings(Dictionary(uniqueKeysWithValues: try FormulaSymbol.allCases.map { ($0, try Tensor.full([1], value, dtype)) }), dtype)
    for leaf in formula.samplesLeaves {
      if case .averaged(_, let inner) = leaf.kind { bindings.reductions[leaf] = try ofConstant(inner, value, dtype) } else { bindings.reductions[leaf] = try Tensor.zeros([1], dtype) }
    }
    return try formula.tensor(bindings)
  }
}

/// One number for each unit on one side of a layer.
private struct UnitStatistics {
  let values: Tensor
  /// That of a unit whose value is always 1.
  let one: Tensor

  /// The numbers where they broadcast to a parameter; nil where its shape has no place for them.
  func aligned(with parameter: NN.Parameter, isInput: Bool, of module: Module) throws -> Tensor? {
    let shape = parameter.value.shape, count = values.count
    guard shape.count > 1 else {
      let isScale = module is RunningNorm || module is GroupNorm || module is LayerNorm || module is RMSNorm
      if !isInput || isScale { return count == shape.first ?? 1 ? values : nil }
      // A bias is the weight of an input that is always 1.
      return one
    }
    if !isInput, let layer = module as? RecurrentLayer {
      // A unit has a row for each gate.
      return count * layer.gateCount == shape[0] ? try values.reshape([1, count]).expand([layer.gateCount, count]).reshape([shape[0], 1]) : nil
    }
    let rest = Array(repeating: 1, count: shape.count - 2)
    // The weights of a transposed convolution and of an embedding have their inputs first.
    guard isInput != (module is TransposedConvolution || module is Embedding) else { return count == shape[0] ? try values.reshape([count, 1] + rest) : nil }
    if isInput, module is Convolution {
      // The filters of a group meet the same windows.
      let filter = shape.dropFirst().reduce(1, *), groups = count / max(1, filter)
      guard groups > 0, count == groups * filter, shape[0] % groups == 0 else { return nil }
      return try values.reshape([groups, 1, filter]).expand([groups, shape[0] / groups, filter]).reshape(shape)
    }
    if count == shape[1] { return try values.reshape([1, count] + rest) }
    // The filters of a group make its channels alone.
    guard shape[1] > 0, count % shape[1] == 0, shape[0] % (count / shape[1]) == 0 else { return nil }
    let groups = count / shape[1]
    let byGroup = try values.reshape([groups, 1, shape[1]]).expand([groups, shape[0] / groups, shape[1]])
    return try byGroup.reshape([shape[0], shape[1]] + rest)
  }
}

extension Module {
  /// Whether what goes in, or comes out, is what the parameter meets: of a recurrent layer it is the first weight that meets
  /// the input, and a single one that makes the output.
  fileprivate func meets(_ parameter: NN.Parameter, _ isInput: Bool) -> Bool {
    guard self is RecurrentLayer, parameter.value.rank > 1 else { return true }
    let weights = parts.compactMap { part -> (name: String, isIt: Bool)? in
      if case .parameter(let name, let own?) = part, own.value.rank > 1 { (name, own === parameter) } else { nil }
    }
    let name = weights.first { $0.isIt }?.name ?? ""
    return isInput ? name.hasPrefix("weight_ih_l0") : weights.count == 2
  }

  func owns(_ parameter: NN.Parameter) -> Bool {
    parts.contains { if case .parameter(_, let own?) = $0 { own === parameter } else { false } }
  }
}

extension Tensor {
  /// `[samples, *]` as `[positions, units]`.
  fileprivate func unitsLast(of module: Module) throws(TensorError) -> Tensor {
    let hasChannels = module is Convolution || module is TransposedConvolution || module is RunningNorm || module is GroupNorm
    let last = hasChannels && rank > 2 ? try permute([0] + Array(2..<rank) + [1]) : self
    return last.rank == 1 ? try last.reshape([last.count, 1]) : try last.reshape([last.count / Swift.max(1, last.shape[last.rank - 1]), last.shape[last.rank - 1]])
  }
}
