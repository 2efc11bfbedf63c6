import Engine

/// Modules of a `Sequential` that follow one another and run as one, which saves passes over memory.
enum FusedModules {
  /// Linear layers, with their ReLUs.
  case stack([(linear: Linear, hasReLU: Bool)])
  /// A convolution with the normalisation and the ReLU after it, or one of them, and behind a ReLU the largest of windows.
  case convolution(Convolution, BatchNorm?, hasReLU: Bool, MaxPooling?)

  /// How many modules it takes the place of.
  var length: Int {
    switch self {
    case .stack(let layers): layers.reduce(0) { $0 + ($1.hasReLU ? 2 : 1) }
    case .convolution(_, let norm, let hasReLU, let pool): 1 + (norm == nil ? 0 : 1) + (hasReLU ? 1 : 0) + (pool == nil ? 0 : 1)
    }
  }

  func callAsFunction(_ x: Tensor, in run: Run) throws -> Tensor {
    switch self {
    case .stack(let layers) where run.keepsLayersApart:
      return try layers.reduce(x) { y, layer in
        try y.linear(through: [LinearLayer(layer.linear.weight.value, layer.linear.bias?.value, hasReLU: layer.hasReLU)])
      }
    case .stack(let layers):
      return try x.linear(through: layers.map { LinearLayer($0.linear.weight.value, $0.linear.bias?.value, hasReLU: $0.hasReLU) })
    case .convolution(let convolution, let norm, let hasReLU, let pool):
      // What is largest is the same before and behind a ReLU, and there is less of it.
      let y = try convolved(convolution, norm, x, relu: hasReLU && pool == nil, in: run)
      return try pool?.rectified(y) ?? y
    }
  }

  private func convolved(_ convolution: Convolution, _ norm: BatchNorm?, _ x: Tensor, relu: Bool, in run: Run) throws -> Tensor {
    guard let norm else { return try convolution.convolved(x, relu: relu) }
    return try convolution.normalised(by: norm, x, relu: relu, in: run)
  }

  /// By the place of the first, the groups of a list of modules; nil where a module runs by itself.
  static func among(_ modules: [Module]) -> [FusedModules?] {
    var groups: [FusedModules?] = Array(repeating: nil, count: modules.count)
    var next = 0
    while next < modules.count {
      groups[next] = group(modules[next...])
      next += groups[next]?.length ?? 1
    }
    return groups
  }

  /// The group that a list of modules begins with.
  private static func group(_ modules: ArraySlice<Module>) -> FusedModules? {
    if modules.first is Linear { return .stack(stack(modules)) }
    guard let convolution = modules.first as? Convolution else { return nil }
    var rest = modules.dropFirst()
    let norm = rest.first as? BatchNorm
    if norm != nil { rest = rest.dropFirst() }
    guard rest.first is ReLU else { return norm != nil ? .convolution(convolution, norm, hasReLU: false, nil) : nil }
    let pool = rest.dropFirst().first as? MaxPooling
    return .convolution(convolution, norm, hasReLU: true, pool?.isPlaced == false ? pool : nil)
  }

  private static func stack(_ modules: ArraySlice<Module>) -> [(linear: Linear, hasReLU: Bool)] {
    var stack: [(linear: Linear, hasReLU: Bool)] = []
    for module in modules {
      if let linear = module as? Linear {
        stack.append((linear, false))
      } else if module is ReLU, let last = stack.indices.last, !stack[last].hasReLU {
        stack[last].hasReLU = true
      } else {
        break
      }
    }
    return stack
  }
}
