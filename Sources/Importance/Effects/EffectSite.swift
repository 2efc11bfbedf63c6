import Engine
import NN

/// Where something is changed.
enum EffectSite {
  case parameter(String, Parameter)
  case output(String, Module)
  case input(String, Module)
  /// The input of the model.
  case features

  var name: String {
    switch self {
    case .parameter(let name, _), .output(let name, _), .input(let name, _): name
    case .features: "input"
    }
  }

  var isWeight: Bool { if case .parameter = self { true } else { false } }
}

extension EffectSite {
  /// What is changed at once.
  /// - Parameter shape: of a parameter, or of the elements of one sample.
  func groups(_ each: EffectEach, _ shape: [Int], in model: Module) throws -> EffectGroups {
    switch each {
    case .element: return EffectGroups(elements: shape)
    case .tensor: return EffectGroups([Array(0..<shape.reduce(1, *))], shape: [], elementCount: shape.reduce(1, *))
    case .groups(let tensor): return try EffectGroups(of: tensor, shape, name: name)
    case .head: return try heads(shape, in: model)
    case .row, .unit, .channel, .feature:
      guard let axis = isWeight ? weightAxis(each, shape.count) : unitAxis(each, shape.count) else {
        if isWeight { throw EffectError.grouping(each.word, shape: shape, of: name) }
        return EffectGroups(elements: shape)
      }
      return shape.count == 1 ? EffectGroups(elements: shape) : EffectGroups(shape, along: axis)
    }
  }

  /// A row, a unit or a channel of a weight makes one output; a feature is one input.
  private func weightAxis(_ each: EffectEach, _ rank: Int) -> Int? {
    if case .feature = each { return rank > 1 ? 1 : nil }
    return rank > 0 ? 0 : nil
  }

  /// Of an activation [C, *] a channel is one of the C; of [L, D] a unit is one of the D at all positions; of three
  /// dimensions or more a unit is a channel and a feature one element.
  private func unitAxis(_ each: EffectEach, _ rank: Int) -> Int? {
    switch each {
    case .row, .channel: rank > 0 ? 0 : nil
    case .unit: rank == 0 ? nil : rank == 2 ? 1 : 0
    case .feature: rank == 1 ? 0 : rank == 2 ? 1 : nil
    case .element, .tensor, .head, .groups: nil
    }
  }

  private func heads(_ shape: [Int], in model: Module) throws -> EffectGroups {
    let all = model.namedModules.compactMap { $0.module as? MultiheadAttention }
    switch self {
    case .parameter(let name, let parameter):
      for attention in all {
        for case .parameter(let own, let p?) in attention.parts where p === parameter && own != "bias_k" && own != "bias_v" {
          let parts = own == "in_proj_weight" || own == "in_proj_bias" ? 3 : 1
          return EffectGroups(shape, along: 0, runs: attention.heads, parts: parts)
        }
        if attention.output.weight === parameter { return EffectGroups(shape, along: 1, runs: attention.heads) }
      }
      throw EffectError.noHeads(name)
    case .input(let name, let module):
      guard let attention = all.first(where: { $0.output === module }), let size = shape.last, size == attention.size else {
        throw EffectError.noHeads(name)
      }
      return EffectGroups(shape, along: shape.count - 1, runs: attention.heads)
    case .output(let name, _): throw EffectError.noHeads(name)
    case .features: throw EffectError.noHeads("input")
    }
  }
}
