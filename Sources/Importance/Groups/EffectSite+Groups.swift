import Engine
import NN

extension Subject {
  /// What of it can be put together so: of parameters those that heads have a part in, where there are any.
  public func narrowed(to each: ScoreEach, in model: Module) -> Subject {
    guard case .head = each, case .parameters(let list) = self else { return self }
    let own = list.filter { (try? EffectSite.parameter($0.name, $0.parameter).groups(each, $0.parameter.value.shape, in: model)) != nil }
    return own.isEmpty ? self : .parameters(own)
  }
}

extension EffectSite {
  /// The elements that `each=` puts together.
  /// - Parameter shape: of a parameter, or of the elements of one sample.
  func groups(_ each: ScoreEach, _ shape: [Int], in model: Module) throws -> ElementGroups {
    switch each {
    case .element: return ElementGroups(elements: shape)
    case .tensor: return ElementGroups([Array(0..<shape.reduce(1, *))], shape: [], of: shape)
    case .groups(let tensor): return try ElementGroups(of: tensor, shape, name: name)
    case .head: return try heads(shape, in: model)
    case .row, .unit, .channel, .feature:
      if let own = ownUnits(each, shape, in: model) { return own }
      guard let axis = isWeight ? weightAxis(each, shape.count) : unitAxis(each, shape.count) else {
        if isWeight { throw EffectError.grouping(each.word, shape: shape, of: name) }
        return ElementGroups(elements: shape)
      }
      return shape.count == 1 ? ElementGroups(elements: shape) : ElementGroups(shape, along: axis)
    }
  }

  /// A row, a unit or a channel of a weight makes one output; a feature is one input.
  private func weightAxis(_ each: ScoreEach, _ rank: Int) -> Int? {
    if case .feature = each { return rank > 1 ? 1 : nil }
    return rank > 0 ? 0 : nil
  }

  /// Of an activation [C, *] a channel is one of the C; of [L, D] a unit is one of the D at all positions; of three
  /// dimensions or more a unit is a channel and a feature one element.
  private func unitAxis(_ each: ScoreEach, _ rank: Int) -> Int? {
    switch each {
    case .row, .channel: rank > 0 ? 0 : nil
    case .unit: rank == 0 ? nil : rank == 2 && !hasChannels ? 1 : 0
    case .feature: rank == 1 ? 0 : rank == 2 ? 1 : nil
    case .element, .tensor, .head, .groups: nil
    }
  }

  /// Whether the layer itself says that the units lie along the first dimension of a sample.
  private var hasChannels: Bool {
    switch self {
    case .output(_, let module), .input(_, let module):
      module is Convolution || module is TransposedConvolution || module is RunningNorm || module is GroupNorm
    case .parameter, .features: false
    }
  }

  /// Of layers whose weights have their units elsewhere than along the first dimension; nil for all others.
  private func ownUnits(_ each: ScoreEach, _ shape: [Int], in model: Module) -> ElementGroups? {
    guard case .parameter(let name, let parameter) = self, let owner = owner(of: parameter, in: model) else { return nil }
    let isFeature, isRow: Bool
    switch each {
    case .feature: (isFeature, isRow) = (true, false)
    case .row: (isFeature, isRow) = (false, true)
    default: (isFeature, isRow) = (false, false)
    }
    switch owner {
    case is Embedding where shape.count == 2 && !isRow: return ElementGroups(shape, along: isFeature ? 0 : 1)
    case let layer as TransposedConvolution where shape.count > 1 && !isRow: return isFeature ? ElementGroups(shape, along: 0) : Self.transposed(shape, layer.groups)
    case let layer as Convolution where isFeature && layer.groups > 1 && shape.count > 1: return Self.inputs(shape, layer.groups)
    case let layer as RecurrentLayer where !isRow && !isFeature && !name.contains("weight_hr"):
      let gates = layer.gateCount
      return shape.first.map { $0 % gates == 0 } ?? false ? ElementGroups(shape, along: 0, runs: shape[0] / gates, parts: gates) : nil
    default: return nil
    }
  }

  private func owner(of parameter: Parameter, in model: Module) -> Module? {
    model.namedModules.first { _, module in
      module.parts.contains { if case .parameter(_, let p?) = $0 { p === parameter } else { false } }
    }?.module
  }

  /// An output of a weight `[in, out / groups, *]`: a column of the inputs of its group.
  private static func transposed(_ shape: [Int], _ groups: Int) -> ElementGroups {
    guard groups > 1, shape[0] % groups == 0 else { return ElementGroups(shape, along: 1) }
    let inner = shape[2...].reduce(1, *), inputs = shape[0] / groups
    let lists = (0..<groups).flatMap { group in
      (0..<shape[1]).map { output in
        (0..<inputs).flatMap { input -> Range<Int> in
          let start = ((group * inputs + input) * shape[1] + output) * inner
          return start..<(start + inner)
        }
      }
    }
    return ElementGroups(lists, shape: [lists.count], of: shape)
  }

  /// An input of a weight `[out, in / groups, *]`: a column of the filters of its group.
  private static func inputs(_ shape: [Int], _ groups: Int) -> ElementGroups {
    let inner = shape[2...].reduce(1, *), outputs = shape[0] / groups
    let lists = (0..<groups).flatMap { group in
      (0..<shape[1]).map { input in
        (0..<outputs).flatMap { output -> Range<Int> in
          let start = ((group * outputs + output) * shape[1] + input) * inner
          return start..<(start + inner)
        }
      }
    }
    return ElementGroups(lists, shape: [lists.count], of: shape)
  }

  private func heads(_ shape: [Int], in model: Module) throws -> ElementGroups {
    let all = model.namedModules.compactMap { $0.module as? any HeadedAttention }
    switch self {
    case .parameter(let name, let parameter):
      for attention in all {
        if let parts = attention.headParts(of: parameter) { return ElementGroups(shape, along: 0, runs: attention.heads, parts: parts) }
        if attention.output.weight === parameter { return ElementGroups(shape, along: 1, runs: attention.heads) }
      }
      throw EffectError.noHeads(name)
    case .input(let name, let module):
      guard let attention = all.first(where: { $0.output === module }), let size = shape.last, size == attention.width else {
        throw EffectError.noHeads(name)
      }
      return ElementGroups(shape, along: shape.count - 1, runs: attention.heads)
    case .output(let name, _): throw EffectError.noHeads(name)
    case .features: throw EffectError.noHeads("input")
    }
  }
}
