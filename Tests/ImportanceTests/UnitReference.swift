import Builtins
import Engine
import NN

@testable import Importance

/// The plain definition for units and features: each sample goes through the model alone, and the objective is
/// differentiated with respect to what was met there.
struct UnitReference {
  /// The numbers and their derivatives, samples along the first dimension.
  let a: Tensor, da: Tensor

  /// Nil where a module has not one tensor a pass there, with a row for the sample.
  init?(_ item: LayerModels.Case, _ module: Module, isInput: Bool) throws {
    var numbers: [Tensor] = [], slopes: [Tensor] = []
    for i in 0..<item.x.shape[0] {
      let table = HookTable(), log = Log()
      table.onForward(module) { _, inputs, output in
        log.met.append(isInput ? inputs.lazy.compactMap { $0 as? Tensor }.first : output as? Tensor ?? (output as? List)?.items.first as? Tensor)
        return nil
      }
      let x = try item.x.dtype.isFloating ? item.x.narrow(0, i, 1).copied().requiringGrad() : item.x.narrow(0, i, 1)
      let total = try Recording.with(.all) {
        try Objective.loss(.auto).perSample(Run([table], generator: Generator(seed: 0))(item.model, x), item.y.narrow(0, i, 1)).sum()
      }
      guard log.met.count == 1, let met = log.met[0], met.shape.first == 1, met.dtype.isFloating else { return nil }
      numbers.append(met.detached())
      slopes.append(try total.gradients(with: [met])[0]?.detached() ?? Tensor.zeros(met.shape, met.dtype))
    }
    (a, da) = (try Tensor.cat(numbers, 0), try Tensor.cat(slopes, 0))
  }

  private final class Log { var met: [Tensor?] = [] }

  /// Of the input of the model.
  init(_ item: LayerModels.Case) throws {
    var slopes: [Tensor] = []
    for i in 0..<item.x.shape[0] {
      let x = try item.x.narrow(0, i, 1).copied().requiringGrad()
      let total = try Recording.with(.all) { try Objective.loss(.auto).perSample(Run(generator: Generator(seed: 0))(item.model, x), item.y.narrow(0, i, 1)).sum() }
      slopes.append(try total.gradients(with: [x])[0]?.detached() ?? Tensor.zeros(x.shape, x.dtype))
    }
    (a, da) = (item.x, try Tensor.cat(slopes, 0))
  }

  /// The formula over them, in float64.
  func scores(_ formula: Formula, _ groups: ElementGroups?) throws -> [Double] {
    try Recording.with(.none) {
      let (a, da) = (try self.a.to(.float64), try self.da.to(.float64))
      var bindings = Bindings([.a: a, .da: da, .z: a, .dz: da, .x: a, .dx: da], .float64, groups: groups)
      for reduction in formula.reductions {
        guard case .reduced(let reducer, let inner) = reduction.kind else { continue }
        bindings.reductions[reduction] = try Reference.reduced(inner.tensor(bindings), reducer)
      }
      return try formula.scores(bindings).doubles()
    }
  }
}
