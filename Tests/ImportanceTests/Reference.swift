import Builtins
import Engine
import NN

@testable import Importance

/// The plain definition: the gradient of each sample by an ordinary backward pass of its own, in float64, and the formula
/// worked out over all of them at once.
enum Reference {
  /// - Parameter second: the diagonals of the Hessians of the samples, where the formula reads them.
  static func scores(
    _ formula: Formula, _ model: Module, _ x: Tensor, _ y: Tensor?, _ objective: Objective = .loss(.auto), second: [String: Tensor] = [:], each: ScoreEach = .element,
    of chosen: [(name: String, parameter: NN.Parameter)]? = nil
  ) throws -> [String: [Double]] {
    let run = Run(generator: Generator(seed: 0)), n = x.shape[0]
    var samples: [[Tensor]] = []
    let parameters = chosen ?? model.namedParameters
    for i in 0..<n {
      let gradients = try Recording.with(.all) {
        let out = try run(model, x.narrow(0, i, 1))
        return try objective.perSample(out, y?.narrow(0, i, 1)).sum().gradients(with: parameters.map(\.parameter.value))
      }
      samples.append(try zip(gradients, parameters).map { try $0 ?? Tensor.zeros($1.parameter.value.shape, $1.parameter.value.dtype) })
    }
    return try Recording.with(.none) {
      var out: [String: [Double]] = [:]
      for (p, (name, parameter)) in parameters.enumerated() {
        let g = try Tensor.stack(samples.map { $0[p] }, 0).to(.float64)
        let w = try parameter.value.detached().to(.float64), w0 = try (parameter.origin ?? parameter.value).detached().to(.float64)
        let h = second[name]
        let groups = each.isGrouped ? try EffectSite.parameter(name, parameter).groups(each, w.shape, in: model) : nil
        var bindings = Bindings(w: w, g: try g.mean([0]), h: try h?.mean([0]), w0: w0, groups: groups)
        for reduction in formula.reductions {
          guard case .reduced(let reducer, let inner) = reduction.kind else { continue }
          let shape = inner.extent == .group ? [n] + (groups?.shape ?? []) : g.shape
          let values = try inner.tensor(Bindings(w: w, g: g, h: h, w0: w0, groups: groups)).expand(shape)
          bindings.reductions[reduction] = try reduced(values, reducer)
        }
        out[name] = try formula.scores(bindings).expand(groups?.shape ?? w.shape).doubles()
      }
      return out
    }
  }

  static func reduced(_ values: Tensor, _ reducer: FormulaReducer) throws -> Tensor {
    switch reducer {
    case .mean: try values.mean([0])
    case .sum: try values.sum([0])
    case .max: try values.amax([0])
    case .min: try values.amin([0])
    case .std: try values.std([0])
    case .var: try values.variance([0])
    case .norm: try values.square().sum([0]).sqrt()
    }
  }

  /// The largest distance of scores from the definition, as a part of the largest score of the same parameter.
  static func distance(_ imp: ImportanceValue, _ expected: [String: [Double]]) throws -> Double {
    var worst = 0.0
    for (name, tensor) in imp.scores {
      guard let other = expected[name] else { return .infinity }
      let scale = other.reduce(1e-12) { max($0, $1.isFinite ? abs($1) : 0) }
      for (a, b) in zip(try tensor.doubles(), other) where !(a.isNaN && b.isNaN) && a != b {
        let d = abs(a - b) / scale
        worst = d.isNaN ? .infinity : max(worst, d)
      }
    }
    return worst
  }
}

/// Short ways to write formulas.
enum F {
  static let w = Formula.symbol(.w), g = Formula.symbol(.g), w0 = Formula.symbol(.w0)
  static func call(_ name: String, _ arguments: Formula...) throws -> Formula {
    try .call(name, arguments.map { FormulaArgument(nil, $0) })
  }
  static func abs(_ f: Formula) -> Formula { .magnitude(f) }
}

func + (a: Formula, b: Formula) -> Formula { .binary(.add, a, b) }
func / (a: Formula, b: Formula) -> Formula { .binary(.divide, a, b) }
func * (a: Double, b: Formula) -> Formula { .binary(.multiply, .number(a), b) }
func + (a: Formula, b: Double) -> Formula { .binary(.add, a, .number(b)) }
