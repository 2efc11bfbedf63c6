import Engine

/// Modules of a `Sequential` that follow one another and run as one, which saves passes over memory.
enum FusedModules {
  /// Linear layers, with their ReLUs.
  case stack([(linear: Linear, hasReLU: Bool)])
  /// A convolution with the normalisation and the ReLU after it, or one of them.
  case convolution(Convolution, BatchNorm?, hasReLU: Bool)

  /// How many modules it takes the place of.
  var length: Int {
    switch self {
    case .stack(let layers): layers.reduce(0) { $0 + ($1.hasReLU ? 2 : 1) }
    case .convolution(_, let norm, let hasReLU): 1 + (norm == nil ? 0 : 1) + (hasReLU ? 1 : 0)
    }
  }

  func callAsFunction(_ x: Tensor, in run: Run) throws -> Tensor {
    switch self {
    case .stack(let layers):
      try x.linear(through: layers.map { LinearLayer($0.linear.weight.value, $0.linear.bias?.value, hasReLU: $0.hasReLU) })
    case .convolution(let convolution, let norm?, let hasReLU): try convolution.normalised(by: norm, x, relu: hasReLU, in: run)
    case .convolution(let convolution, nil, let hasReLU): try convolution.convolved(x, relu: hasReLU)
    }
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
    let hasReLU = rest.first is ReLU
    return norm != nil || hasReLU ? .convolution(convolution, norm, hasReLU: hasReLU) : nil
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
